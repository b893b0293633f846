import type { Cell } from '../cells.ts';
import {
  type ArchContext,
  type Finding,
  missing,
  noted,
  type Requirement,
  requirement,
  unmet,
  waived,
} from '../requirement.ts';

/**
 * Every scenario that the policy wants passed has passed, on every blocking platform. A scenario without a result
 * is missing, and so is one that only infrastructure, a skip or an absent service kept from being tested. Flaky
 * passes are counted by `flakes`, old ones by `freshness`, dearly bought ones by `retries`.
 */
export const scenarios = (context: ArchContext): Requirement[] =>
  context.blocking.map(platform => {
    const cells = context.cells.filter(cell => cell.required && basePlatform(cell) === platform);
    const place = { channel: context.channel.channel, arch: context.arch, platform };
    const text = `all required scenarios pass on ${platform}`;
    const source = sourceOf(context, platform);
    const problems = cells.map(findingOf).filter(one => one !== undefined);
    const findings = cells.length === 0 ? [missing(`no results for ${platform} at all`, 'rerun')] : problems;
    return requirement('scenarios', place, text, [...source, ...findings]);
  });

export const basePlatform = (cell: Pick<Cell, 'platform'>): string => cell.platform.replace(/\[.*$/, '');

const findingOf = (cell: Cell): Finding | undefined => {
  const { state, why, evidence, since, infrastructureOnly, waivers } = cell.judgement;
  const subject = `${cell.platform}/${cell.arch}:${cell.scenario}`;
  const detail = { subject, evidence, since };
  switch (state) {
    case 'failed':
      return unmet(`${subject} fails: ${why}`, 'fix', detail);
    case 'waived':
      return waived(`${subject} fails as waiver ${waivers.join(', ')} says: ${why}`, 'fix', detail);
    case 'missing':
      return missing(
        infrastructureOnly ? `${subject} could not be tested: ${why}` : `${subject} has no result: ${why}`,
        'rerun',
        detail,
      );
    default:
      return undefined;
  }
};

/** Says so when a platform is vouched for by others, or cannot be had at all. */
const sourceOf = (context: ArchContext, platform: string): Finding[] => {
  const source = context.input.policy.policy.platforms[platform];
  const note = source?.note === undefined ? '' : ` (${source.note})`;
  if (source?.results === 'unavailable') {
    return [missing(`${platform} is not available${note}`, 'waive', { subject: platform })];
  }
  const imported = context.targets.some(one => one.platform === platform && one.provenance === 'imported');
  if (source?.results === 'imported') {
    return [
      noted(`${platform} has no adapter here; it is judged by imported results only${note}`, null, {
        subject: platform,
      }),
    ];
  }
  return imported
    ? [noted(`${platform} is judged by imported results as well`, null, { subject: platform })]
    : [];
};
