import type { TargetRecord } from '../core/history.ts';
import type { Arch } from '../core/target.ts';
import type { Cell } from './cells.ts';
import type { GateInput } from './input.ts';
import type { ChannelRules } from './policy/load.ts';

/** `missing` = nothing is wrong, but something needed is not known. */
export type RequirementState = 'met' | 'waived' | 'missing' | 'unmet';

/** What would settle it: fix the product, waive the failure, run again, bring the fact, or wait. */
export type Action = 'fix' | 'waive' | 'rerun' | 'supply' | 'wait';

/** One thing that keeps a requirement from being met, or is worth knowing although it is. */
export interface Finding {
  readonly state: RequirementState;
  /** One line. */
  readonly text: string;
  /** Scenario, image, package … that it is about; empty = the requirement as a whole. */
  readonly subject: string;
  /** `run/<id>/<platform>/<arch>/<channel>:<scenario>`, issue URLs, files. */
  readonly evidence: readonly string[];
  /** Milliseconds since the epoch; null = unknown. */
  readonly since: number | null;
  readonly action: Action | null;
}

/** One line of the agenda: a rule of the policy applied to one place. */
export interface Requirement {
  /** `<rule>@<platform>/<arch>`: the same from verdict to verdict. */
  readonly id: string;
  /** Name of the policy's rule, and of the file here that evaluates it. */
  readonly rule: string;
  /** What is required, in the policy's numbers. */
  readonly text: string;
  readonly scope: { readonly channel: string; readonly arch: Arch | null; readonly platform: string | null };
  /** A warning is shown and never decides. */
  readonly severity: 'blocking' | 'warning';
  /** The worst of the findings; met without any. */
  readonly state: RequirementState;
  readonly findings: readonly Finding[];
}

/** What a rule about the release as a whole is given. */
export interface ReleaseContext {
  readonly input: GateInput;
  readonly channel: ChannelRules;
  /** Targets that count, of all arches that are judged. */
  readonly targets: readonly TargetRecord[];
}

/** What a rule about one architecture is given. */
export interface ArchContext extends ReleaseContext {
  readonly arch: Arch;
  /** Of this architecture only. */
  readonly targets: readonly TargetRecord[];
  readonly cells: readonly Cell[];
  readonly blocking: readonly string[];
}

const order: readonly RequirementState[] = ['met', 'waived', 'missing', 'unmet'];

export const worst = (states: readonly RequirementState[]): RequirementState =>
  states.reduce((worse, state) => (order.indexOf(state) > order.indexOf(worse) ? state : worse), 'met');

interface Place {
  readonly channel: string;
  readonly arch?: Arch;
  readonly platform?: string;
}

export const requirement = (
  rule: string,
  place: Place,
  text: string,
  findings: readonly Finding[],
  severity: 'blocking' | 'warning' = 'blocking',
): Requirement => {
  const where = [place.platform, place.arch].filter(part => part !== undefined).join('/');
  return {
    id: where === '' ? rule : `${rule}@${where}`,
    rule,
    text,
    scope: { channel: place.channel, arch: place.arch ?? null, platform: place.platform ?? null },
    severity,
    state: worst(findings.map(finding => finding.state)),
    findings,
  };
};

type FindingDetail = Partial<Pick<Finding, 'subject' | 'evidence' | 'since'>>;

const finding =
  (state: RequirementState) =>
  (text: string, action: Action | null, detail: FindingDetail = {}): Finding => ({
    state,
    text,
    action,
    subject: detail.subject ?? '',
    evidence: detail.evidence ?? [],
    since: detail.since ?? null,
  });

export const unmet = finding('unmet');
export const missing = finding('missing');
export const waived = finding('waived');
/** Met, with something to say. */
export const noted = finding('met');
