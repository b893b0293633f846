import { UsageError } from '../core/errors.ts';
import type { TargetRecord } from '../core/history.ts';
import { type ExitCode, exitCode } from '../core/outcome.ts';
import type { Arch } from '../core/target.ts';
import { compareText } from './canonical.ts';
import { buildCells } from './cells.ts';
import { whyNotCounted } from './counting.ts';
import { shortened } from './emergency.ts';
import type { Candidate, GateInput } from './input.ts';
import { noticesOf, noVoters } from './notices.ts';
import { type ChannelRules, channelRules } from './policy/load.ts';
import type { Requirement } from './requirement.ts';
import { archRequirements, releaseRequirements } from './requirements/index.ts';

export type Decision = 'GO' | 'NO-GO' | 'UNDECIDED';

/** The machine's verdict. Plain data without anything that depends on where or when it was computed. */
export interface Verdict {
  readonly schema: 1;
  readonly candidate: Candidate;
  readonly policy: { readonly id: string; readonly hash: string };
  /** The time it speaks for, ISO 8601. */
  readonly at: string;
  readonly overall: Decision;
  readonly arches: readonly ArchVerdict[];
  /** Rules about the release as a whole; they weigh on every architecture. */
  readonly requirements: readonly Requirement[];
  /** What the verdict rests on besides tests of Flatcar: shown wherever it is shown. */
  readonly notices: readonly string[];
  /** Targets whose results were looked at and do not count, with the reason. */
  readonly ignored: readonly { readonly run: string; readonly target: string; readonly reason: string }[];
}

export interface ArchVerdict {
  readonly arch: Arch;
  readonly decision: Decision;
  readonly digests: readonly string[];
  readonly requirements: readonly Requirement[];
  /** Required scenarios by state. */
  readonly counts: Readonly<Record<'passed' | 'flaky' | 'failed' | 'waived' | 'missing', number>>;
}

/**
 * Judges a candidate. Pure: equal input gives an equal verdict, whatever the order of its lists.
 * Throws UsageError when the policy has no such channel or no such architecture in it.
 */
export const decide = (given: GateInput): Verdict => {
  const channel = channelRules(given.policy.policy, given.candidate.channel);
  const input = inOrder(given);
  const arches = archesOf(channel, input);
  const judged = input.targets.map(target => ({ target, reason: whyNotCounted(target, input, channel) }));
  const counted = judged.filter(one => one.reason === undefined).map(one => one.target);
  const shorten = (requirement: Requirement): Requirement =>
    shortened(requirement, input.emergency, input.policy.policy);
  const requirements = releaseRequirements
    .flatMap(rule => rule({ input, channel, targets: counted }))
    .map(shorten);
  const verdicts = arches.map(arch => judgeArch(input, channel, arch, counted, requirements, shorten));
  return {
    schema: 1,
    candidate: input.candidate,
    policy: { id: input.policy.policy.id, hash: input.policy.hash },
    at: new Date(input.now).toISOString(),
    overall: overallOf(verdicts.map(verdict => verdict.decision)),
    arches: verdicts,
    requirements,
    notices: [
      ...noticesOf(counted.filter(target => arches.includes(target.arch))),
      ...(input.policy.policy.voters.length === 0 ? [noVoters] : []),
    ],
    ignored: judged.flatMap(({ target, reason }) =>
      reason === undefined
        ? []
        : [{ run: target.run, target: `${target.platform}/${target.arch}/${target.channel}`, reason }],
    ),
  };
};

const archesOf = (channel: ChannelRules, input: GateInput): Arch[] => {
  const known = channel.arches.map(one => one.arch);
  for (const arch of input.arches ?? []) {
    if (!known.includes(arch)) {
      throw new UsageError('arch-unknown', `the policy has no ${arch} in channel ${channel.channel}`, {
        hint: `it has ${known.join(', ')}`,
      });
    }
  }
  return known.filter(arch => input.arches?.includes(arch) ?? true);
};

const judgeArch = (
  input: GateInput,
  channel: ChannelRules,
  arch: Arch,
  counted: readonly TargetRecord[],
  release: readonly Requirement[],
  shorten: (requirement: Requirement) => Requirement,
): ArchVerdict => {
  const targets = counted.filter(target => target.arch === arch);
  const cells = buildCells(input, channel, arch, targets);
  const blocking = channel.arches.find(one => one.arch === arch)?.platforms.blocking ?? [];
  const context = { input, channel, arch, targets, cells, blocking };
  const requirements = archRequirements.flatMap(rule => rule(context)).map(shorten);
  const states = cells.filter(cell => cell.required).map(cell => cell.judgement.state);
  const count = (state: string): number => states.filter(one => one === state).length;
  return {
    arch,
    decision: decisionOf([...requirements, ...release]),
    digests: [...new Set(input.release?.arches[arch]?.images.map(image => image.digest))].sort(compareText),
    requirements,
    counts: {
      passed: count('passed'),
      flaky: count('flaky'),
      failed: count('failed'),
      waived: count('waived'),
      missing: count('missing'),
    },
  };
};

/** One unmet requirement is NO-GO; none unmet but some missing is UNDECIDED. Warnings do not weigh. */
export const decisionOf = (requirements: readonly Pick<Requirement, 'state' | 'severity'>[]): Decision => {
  const states = requirements.filter(one => one.severity === 'blocking').map(one => one.state);
  if (states.includes('unmet')) return 'NO-GO';
  return states.includes('missing') ? 'UNDECIDED' : 'GO';
};

const overallOf = (decisions: readonly Decision[]): Decision => {
  if (decisions.includes('NO-GO')) return 'NO-GO';
  return decisions.length === 0 || decisions.includes('UNDECIDED') ? 'UNDECIDED' : 'GO';
};

/** Exit code of `kola gate`. */
export const exitCodeOf = (decision: Decision): ExitCode =>
  decision === 'GO' ? exitCode.passed : decision === 'NO-GO' ? exitCode.noGo : exitCode.undecided;

/** Puts every list in an order of its own, so that the order of imports cannot show in the verdict. */
const inOrder = (input: GateInput): GateInput => ({
  ...input,
  targets: sortTargets(input.targets),
  nightlies: sortTargets(input.nightlies),
  previous: input.previous && { ...input.previous, targets: sortTargets(input.previous.targets) },
  ancestors: sortBy(input.ancestors, one => `${one.channel}\n${one.version}`),
  adoption: sortBy(input.adoption, one => `${one.at}\n${one.version}\n${one.channel}\n${one.machines}`),
  issues: sortBy(input.issues, one => one.id),
  waivers: sortBy(input.waivers, one => one.id),
  setAside: sortBy(input.setAside, one => one.run),
});

const sortTargets = (targets: readonly TargetRecord[]): TargetRecord[] =>
  sortBy(targets, one => [one.run, one.platform, one.arch, one.channel, one.version, one.variant].join('\n'));

const sortBy = <T>(items: readonly T[], key: (item: T) => string): T[] =>
  [...items].sort((a, b) => compareText(key(a), key(b)));
