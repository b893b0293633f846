import type { TargetRecord } from '../../core/history.ts';
import { whyNotCountedForPrevious } from '../previous.ts';
import {
  type ArchContext,
  type Finding,
  missing,
  noted,
  type Requirement,
  requirement,
} from '../requirement.ts';
import { basePlatform } from './scenarios.ts';

/**
 * Each blocking platform is tested by no fewer scenarios than in the previous release, minus the allowance, and by no
 * fewer than the floor. The previous release's number comes from what it planned, so that it cannot shrink with
 * results that got lost.
 */
export const coverage = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.coverage;
  if (rule === 'off') return [];
  return context.blocking.map(platform => {
    const tested = context.cells.filter(
      cell =>
        cell.platform === platform && basePlatform(cell) === platform && cell.judgement.state !== 'missing',
    ).length;
    const before = plannedBefore(context, platform);
    const fromBefore = before === undefined ? 0 : Math.max(0, before - rule.allowance);
    const least = Math.max(rule.floor[platform] ?? 0, fromBefore);
    const findings: Finding[] = [];
    if (tested < least) {
      const text = `${tested} scenarios tested on ${platform}/${context.arch}, at least ${least} wanted`;
      const why = before === undefined ? '' : ` (${before} in ${context.input.previous?.version})`;
      findings.push(missing(`${text}${why}`, 'rerun', { subject: platform }));
    } else if (before === undefined) {
      findings.push(noted('no previous release to compare with', null));
    }
    return requirement(
      'coverage',
      { channel: context.channel.channel, arch: context.arch, platform },
      `at least ${least} scenarios are tested on ${platform}`,
      findings,
      rule.severity,
    );
  });
};

const plannedBefore = (context: ArchContext, platform: string): number | undefined => {
  const { previous } = context.input;
  if (previous === undefined) return undefined;
  const names = new Set(
    previous.targets
      .filter(target => target.platform === platform && target.arch === context.arch && target.variant === '')
      .filter(target => whyNotCountedForPrevious(target, context.input) === undefined)
      .flatMap((target: TargetRecord) => target.planned.map(name => name.replace(/#\d+$/, ''))),
  );
  return names.size === 0 ? undefined : names.size;
};
