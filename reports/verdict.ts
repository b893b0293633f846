import { isInfrastructure, type Outcome } from '../src/core/outcome.ts';
import {
  causeOf,
  isUnmet,
  type KnownIssueModel,
  type OutcomeCounts,
  type ResultModel,
  type RunModel,
} from './run-model.ts';

/** What has to be looked at comes first. */
export const worstFirst: readonly Outcome[] = [
  'failed',
  'timedout',
  'interrupted',
  'blocked',
  'notrun',
  'flaky',
  'skipped',
  'passed',
];

/** How an outcome is written where a column of words is read: at most seven characters. */
export const outcomeWord: Readonly<Record<Outcome, string>> = {
  passed: 'ok',
  failed: 'FAIL',
  flaky: 'FLAKY',
  timedout: 'FAIL',
  skipped: 'SKIP',
  interrupted: 'STOPPED',
  blocked: 'BLOCKED',
  notrun: 'NOTRUN',
};

/** `12 passed, 1 failed, 2 flaky`: worst first, zeros left out. */
export const countsLine = (counts: OutcomeCounts): string => {
  const parts = worstFirst.filter(outcome => counts[outcome] > 0).map(o => `${counts[o]} ${outcomeLabel[o]}`);
  return parts.length === 0 ? 'nothing was selected' : parts.join(', ');
};

/** `known issue boot-hang, https://…`: beside a failure that is expected. */
export const knownNote = (model: RunModel, { known }: ResultModel): string | undefined => {
  if (known === undefined) return undefined;
  const tracker = model.knownIssues.find(({ id }) => id === known)?.tracker;
  return `known issue ${known}${tracker === undefined ? '' : `, ${tracker}`}`;
};

/** What is to be said of an entry at the end. */
export const issueState = ({ effect, use }: KnownIssueModel): string => {
  if (effect === 'deny') return 'not run';
  if (use === 'removable') return 'no longer fails: can be removed';
  return use === 'used' ? 'failed as expected' : 'not seen';
};

/** How an outcome is written within a sentence. */
export const outcomeLabel: Readonly<Record<Outcome, string>> = {
  passed: 'passed',
  failed: 'failed',
  flaky: 'flaky',
  timedout: 'timed out',
  skipped: 'skipped',
  interrupted: 'interrupted',
  blocked: 'blocked',
  notrun: 'not run',
};

/** Good, doubtful or bad: what a colour may say, always beside a word. */
export const verdictTone = (model: RunModel): 'good' | 'doubtful' | 'bad' => {
  if (model.results.some(result => isUnmet(result.outcome) && result.known === undefined)) return 'bad';
  if (!model.ended || model.results.length === 0 || (model.exitCode ?? 0) !== 0) return 'bad';
  const doubtful = model.counts.flaky > 0 || model.results.some(({ known }) => known !== undefined);
  return doubtful ? 'doubtful' : 'good';
};

/** Unmet results that share one cause: one line on the agenda. */
export interface FailureGroup {
  readonly signature: string;
  /** `product`, `network` … or the outcome, when there is no failure to tell the cause. */
  readonly kind: string;
  readonly cause: string;
  readonly hint: string | undefined;
  readonly infrastructure: boolean;
  readonly results: readonly ResultModel[];
}

/** Groups of unmet results: what speaks against the image first, then the largest. */
export const failureGroups = (model: RunModel): FailureGroup[] => {
  const bySignature = new Map<string, ResultModel[]>();
  for (const result of model.results) {
    if (!isUnmet(result.outcome)) continue;
    const signature = signatureOf(result);
    const group = bySignature.get(signature);
    if (group === undefined) bySignature.set(signature, [result]);
    else group.push(result);
  }
  return [...bySignature].map(toGroup).sort(byWeight);
};

/** The failure's own signature, or one made of outcome and reason. */
export const signatureOf = (result: ResultModel): string =>
  result.failure?.signature ?? `${result.outcome}: ${result.reason ?? 'no reason given'}`;

const toGroup = ([signature, results]: [string, ResultModel[]]): FailureGroup => {
  const first = results[0];
  const failure = first?.failure;
  return {
    signature,
    kind: failure?.kind ?? (first === undefined ? '' : outcomeLabel[first.outcome]),
    cause: first === undefined ? '' : causeOf(first),
    hint: failure?.hint,
    infrastructure: failure === undefined || isInfrastructure(failure.kind),
    results,
  };
};

const byWeight = (a: FailureGroup, b: FailureGroup): number =>
  Number(a.infrastructure) - Number(b.infrastructure) || b.results.length - a.results.length;

/** What passed without the real thing. */
export const passedOnStandIns = (model: RunModel): readonly ResultModel[] =>
  model.results.filter(
    ({ outcome, standIns }) => standIns.length > 0 && (outcome === 'passed' || outcome === 'flaky'),
  );
