import { majorOf } from '../../core/version.ts';
import {
  type Finding,
  missing,
  type ReleaseContext,
  type Requirement,
  requirement,
  unmet,
} from '../requirement.ts';

/** Promotion follows the order of channels: beta from a feature-complete alpha, stable from beta, LTS from stable. */
export const lineage = (context: ReleaseContext): Requirement[] => {
  const rule = context.channel.rules.lineage;
  if (rule === 'off') return [];
  const complete = rule.featureComplete ? 'a feature-complete ' : '';
  return [
    requirement(
      'lineage',
      { channel: context.channel.channel },
      `promoted from ${complete}${rule.from}`,
      findings(context, rule.from, rule.featureComplete),
      rule.severity,
    ),
  ];
};

const findings = (context: ReleaseContext, wanted: string, featureComplete: boolean): Finding[] => {
  const { candidate, release, ancestors } = context.input;
  const from = release?.promotedFrom;
  if (from === undefined) return [missing('nothing says which release this one is promoted from', 'supply')];
  const detail = { subject: `${from.channel} ${from.version}` };
  if (from.channel !== wanted && !context.channel.names.includes(from.channel)) {
    return [unmet(`it comes from ${from.channel} ${from.version}, not from ${wanted}`, 'fix', detail)];
  }
  if (majorOf(from.version) !== majorOf(candidate.version)) {
    return [unmet(`${from.version} is of another branch than ${candidate.version}`, 'fix', detail)];
  }
  const source = ancestors.find(one => one.channel === from.channel && one.version === from.version);
  if (source?.releasedAt === undefined) {
    return [missing(`nothing says that ${from.channel} ${from.version} was released`, 'supply', detail)];
  }
  if (featureComplete && from.channel === wanted && source.featureComplete !== true) {
    return [unmet(`${from.channel} ${from.version} is not marked feature-complete`, 'fix', detail)];
  }
  return [];
};
