import type { TargetRecord } from '../core/history.ts';
import { compareText } from './canonical.ts';
import { platformLabel } from './cells.ts';

/** What has to be said beside a verdict, wherever it is shown: that it rests on something other than tests of Flatcar. */
export const noticesOf = (counted: readonly TargetRecord[]): string[] => {
  const places = (wanted: (target: TargetRecord) => boolean): string =>
    [...new Set(counted.filter(wanted).map(target => `${platformLabel(target)}/${target.arch}`))]
      .sort(compareText)
      .join(', ');
  const notices = [
    [places(target => target.synthetic), 'results are synthetic, made up for an example'],
    [places(target => target.kind === 'reference'), 'the reference guest was tested, which is not Flatcar'],
    [places(target => target.kind === 'custom'), 'a custom image was tested, which is no release'],
  ] as const;
  return notices.filter(([where]) => where !== '').map(([where, text]) => `${text}: ${where}`);
};

/** Said so that a GO by one voice is not taken for one by the maintainers. */
export const noVoters =
  'the policy names no voters: no majority can be reached, only lazy consensus (fill in voters)';
