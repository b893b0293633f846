import { anyMatches } from '../../core/glob.ts';
import { diffPackages } from '../compare/packages.ts';
import {
  type ArchContext,
  type Finding,
  missing,
  noted,
  type Requirement,
  requirement,
  unmet,
} from '../requirement.ts';

/** No package has a lower version than in the previous release, but for those the policy names. */
export const packages = (context: ArchContext): Requirement[] => {
  const rule = context.channel.rules.packages;
  if (rule === 'off') return [];
  return [
    requirement(
      'packages',
      { channel: context.channel.channel, arch: context.arch },
      'no package is downgraded',
      downgrades(context, rule.downgradesAllowed),
      rule.severity,
    ),
  ];
};

const downgrades = (context: ArchContext, allowed: readonly string[]): Finding[] => {
  const { previous, release } = context.input;
  if (previous === undefined) return [noted('no previous release to compare with', null)];
  const now = release?.arches[context.arch]?.packages;
  const before = previous.release?.arches[context.arch]?.packages;
  if (now === undefined) return [missing('the package list is not known', 'supply')];
  if (before === undefined)
    return [missing(`the package list of ${previous.version} is not known`, 'supply')];
  return diffPackages(before, now)
    .filter(change => change.kind === 'downgraded')
    .map(change => {
      const text = `${change.name} goes from ${change.before} back to ${change.after}`;
      return anyMatches(allowed, change.name)
        ? noted(`${text}, as the policy allows`, null, { subject: change.name })
        : unmet(text, 'fix', { subject: change.name });
    });
};
