import type { EventOf, PhaseTimes, Reason, Usage } from '../src/core/event.ts';
import type { Failure } from '../src/core/failure.ts';
import { type Outcome, outcomes } from '../src/core/outcome.ts';
import type { Subject, Target } from '../src/core/target.ts';

/** What the reports need to know of a run. Times are milliseconds since the epoch, durations milliseconds. */
export interface RunModel {
  readonly run: string;
  readonly kola: string;
  readonly command: readonly string[];
  readonly seed: number | undefined;
  readonly slots: number | undefined;
  readonly host: EventOf<'run.started'>['host'] | undefined;
  readonly startedAt: number | undefined;
  /** Time of the last event, which is the end of the run when it has one. */
  readonly lastAt: number | undefined;
  /** `false` for a run that was killed, or that still goes on. */
  readonly ended: boolean;
  readonly took: number;
  readonly exitCode: number | undefined;
  /** One line for people. */
  readonly verdict: string;
  readonly leaked: readonly string[];
  readonly targets: readonly TargetModel[];
  /** Said first in every report: sentences on images that are not Flatcar. */
  readonly notices: readonly string[];
  /** In the order of the plan. */
  readonly results: readonly ResultModel[];
  readonly unselected: readonly Unselected[];
  readonly counts: OutcomeCounts;
  readonly warnings: readonly string[];
  /** How well the machines were used; `undefined` in a run without an end, or of an older kola. */
  readonly usage: Usage | undefined;
  /** Shared machines that scenarios left in another state than they found them in. */
  readonly retired: readonly RetirementModel[];
  /** Those that are about a target of the run. */
  readonly knownIssues: readonly KnownIssueModel[];
}

export interface RetirementModel {
  readonly machine: string;
  /** Who may have been it: one, unless several ran at once. */
  readonly scenarios: readonly string[];
  readonly changes: readonly string[];
}

export type KnownIssueModel = EventOf<'known-issues.listed'>['issues'][number] & {
  /** `undefined` as long as the run goes on, and for those that keep a scenario from being run. */
  readonly use: EventOf<'known-issues.judged'>['uses'][number]['use'] | undefined;
};

export type OutcomeCounts = Readonly<Record<Outcome, number>>;

export interface TargetModel {
  /** `platform/arch/channel`. */
  readonly key: string;
  readonly target: Target;
  readonly counts: OutcomeCounts;
  readonly results: readonly ResultModel[];
}

export interface Unselected {
  /** Key of the target. */
  readonly target: string;
  readonly scenario: string;
  readonly reason: Reason;
}

export interface ResultModel {
  /** `platform/arch/channel:scenario#copy`. */
  readonly key: string;
  /** Key of the target. */
  readonly target: string;
  readonly subject: Subject;
  readonly tags: readonly string[];
  /** Capabilities that the image has from a stand-in only. */
  readonly standIns: readonly string[];
  readonly outcome: Outcome;
  readonly reason: string | undefined;
  readonly failure: Failure | undefined;
  readonly attempts: readonly AttemptModel[];
  readonly took: number;
  /** Id of the known issue that explains the failure. */
  readonly known: string | undefined;
  /** `false` when the outcome was not in the log and had to be concluded. */
  readonly decided: boolean;
}

export interface AttemptModel {
  readonly id: string;
  readonly number: number;
  readonly retryOf: string | undefined;
  readonly outcome: Outcome;
  readonly reason: string | undefined;
  readonly failure: Failure | undefined;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly phases: PhaseTimes;
  readonly machines: readonly MachineModel[];
  readonly checks: readonly CheckModel[];
  readonly held: number;
  readonly broken: number;
  readonly subtests: readonly SubtestModel[];
  readonly ruleHits: readonly RuleHit[];
  readonly log: readonly string[];
  /** Neither its end nor its outcome is in the log. */
  readonly unfinished: boolean;
}

export interface MachineModel {
  readonly id: string;
  readonly role: string;
  readonly spans: readonly MachineSpan[];
  /** What the phases told about it, the latest word winning. */
  readonly detail: NonNullable<EventOf<'machine.phase'>['detail']>;
  readonly lost: boolean;
}

export interface MachineSpan {
  readonly phase: EventOf<'machine.phase'>['phase'];
  readonly from: number;
  /** `undefined` while the phase lasts, or when the log ends in it. */
  readonly to: number | undefined;
}

export type CheckModel = Pick<EventOf<'check.ended'>, 'check' | 'subtest' | 'held' | 'message' | 'took'>;

export interface SubtestModel {
  readonly name: string;
  readonly outcome: Outcome;
  readonly reason: string | undefined;
  readonly failure: Failure | undefined;
  readonly took: number;
}

export type RuleHit = Pick<EventOf<'rule.hit'>, 'machine' | 'rule' | 'source' | 'line' | 'text' | 'excused'>;

export const countOutcomes = (results: Iterable<{ readonly outcome: Outcome }>): OutcomeCounts => {
  const counts = Object.fromEntries(outcomes.map(outcome => [outcome, 0])) as Record<Outcome, number>;
  for (const { outcome } of results) counts[outcome] += 1;
  return counts;
};

/** Outcomes that leave a question open. Flaky is reported apart, skipped has its reason. */
export const isUnmet = (outcome: Outcome): boolean =>
  outcome !== 'passed' && outcome !== 'flaky' && outcome !== 'skipped';

/** First line of the cause, or the reason; empty for what passed. */
export const causeOf = (result: {
  readonly failure: Failure | undefined;
  readonly reason: string | undefined;
}): string => (result.failure?.message ?? result.reason ?? '').split('\n', 1)[0] ?? '';

/** Scenario name with the copy where `--multiply` made several. */
export const scenarioName = (subject: Pick<Subject, 'scenario' | 'copy'>): string =>
  subject.copy > 1 ? `${subject.scenario}#${subject.copy}` : subject.scenario;
