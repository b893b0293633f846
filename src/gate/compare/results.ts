import type { ResultRecord, TargetRecord } from '../../core/history.ts';
import { isInfrastructure } from '../../core/outcome.ts';
import { compareText } from '../canonical.ts';
import { platformLabel } from '../cells.ts';
import { fisherWorse, mannWhitney, median, type Rate } from './statistics.ts';

/**
 * How a scenario changed from one release to the next on one platform and architecture. `inconclusive` = it was
 * conclusive before and is not any more (infrastructure, skips).
 */
export const changes = [
  'regressed',
  'newFailure',
  'stillFailing',
  'fixed',
  'newPass',
  'appeared',
  'disappeared',
  'inconclusive',
  'same',
] as const;
export type Change = (typeof changes)[number];

export interface ResultChange {
  readonly platform: string;
  readonly arch: string;
  readonly scenario: string;
  readonly change: Change;
  readonly before: Rate;
  readonly after: Rate;
  /** Chance that the change for the worse is an accident; null below the minimum evidence. */
  readonly p: number | null;
  /** Enough failures, and unlikely to be an accident. Anything less may be a flake. */
  readonly significant: boolean;
  readonly took: TimeChange | null;
  readonly boot: TimeChange | null;
}

export interface TimeChange {
  /** Medians, milliseconds. */
  readonly before: number;
  readonly after: number;
  /** after / before. */
  readonly ratio: number;
  readonly p: number;
  readonly significant: boolean;
}

/** Fewer failures, or fewer measured times on either side, prove nothing. */
const minimumEvidence = 3;
const likelyAccident = 0.05;
/** Times within a quarter of each other are no news, however certain. */
const noteworthy = 0.25;

/** Compares what is there on either side; the caller leaves out targets that must not count. */
export const compareResults = (
  before: readonly TargetRecord[],
  after: readonly TargetRecord[],
): ResultChange[] => {
  const [old, fresh] = [collect(before), collect(after)];
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].sort(compareText);
  return keys.map(key => {
    const [platform = '', arch = '', scenario = ''] = key.split('\n');
    return { platform, arch, scenario, ...compareCell(old.get(key), fresh.get(key)) };
  });
};

const collect = (targets: readonly TargetRecord[]): Map<string, readonly ResultRecord[]> => {
  const entries = targets
    .flatMap(target => target.results.map(result => ({ target, result })))
    .sort((a, b) => a.result.decidedAt - b.result.decidedAt || compareText(a.target.run, b.target.run));
  const cells = Map.groupBy(
    entries,
    ({ target, result }) => `${platformLabel(target)}\n${target.arch}\n${result.scenario}`,
  );
  return new Map([...cells].map(([key, cell]) => [key, cell.map(entry => entry.result)]));
};

type State = 'absent' | 'passed' | 'failed' | 'inconclusive';

const compareCell = (
  old: readonly ResultRecord[] | undefined,
  fresh: readonly ResultRecord[] | undefined,
): Omit<ResultChange, 'platform' | 'arch' | 'scenario'> => {
  const [before, after] = [rateOf(old ?? []), rateOf(fresh ?? [])];
  const enough = after.failures >= minimumEvidence && before.passes + before.failures > 0;
  const p = enough ? fisherWorse(before, after) : null;
  return {
    change: changeOf(stateOf(old, before), stateOf(fresh, after)),
    before,
    after,
    p,
    significant: p !== null && p < likelyAccident,
    took: timeChange(old ?? [], fresh ?? [], result => result.took),
    boot: timeChange(old ?? [], fresh ?? [], result => result.boot),
  };
};

const isFailure = (result: ResultRecord): boolean =>
  (result.outcome === 'failed' || result.outcome === 'timedout') &&
  (result.cause === null || !isInfrastructure(result.cause));

/** A flaky result is a pass and a failure. */
const rateOf = (results: readonly ResultRecord[]): Rate => {
  const flaky = results.filter(result => result.outcome === 'flaky').length;
  return {
    passes: results.filter(result => result.outcome === 'passed').length + flaky,
    failures: results.filter(isFailure).length + flaky,
  };
};

/** Passed at least once = passed, as flakes are judged elsewhere. */
const stateOf = (results: readonly ResultRecord[] | undefined, rate: Rate): State => {
  if (results === undefined) return 'absent';
  if (rate.passes > 0) return 'passed';
  return rate.failures > 0 ? 'failed' : 'inconclusive';
};

const table: Readonly<Record<State, Readonly<Record<State, Change>>>> = {
  absent: { absent: 'same', passed: 'appeared', failed: 'newFailure', inconclusive: 'appeared' },
  passed: { absent: 'disappeared', passed: 'same', failed: 'regressed', inconclusive: 'inconclusive' },
  failed: { absent: 'disappeared', passed: 'fixed', failed: 'stillFailing', inconclusive: 'inconclusive' },
  inconclusive: { absent: 'disappeared', passed: 'newPass', failed: 'newFailure', inconclusive: 'same' },
};

const changeOf = (before: State, after: State): Change => table[before][after];

const timeChange = (
  old: readonly ResultRecord[],
  fresh: readonly ResultRecord[],
  read: (result: ResultRecord) => number | null,
): TimeChange | null => {
  const times = (results: readonly ResultRecord[]): number[] =>
    results
      .filter(result => result.outcome === 'passed')
      .map(read)
      .filter(value => value !== null);
  const [a, b] = [times(old), times(fresh)];
  if (a.length < minimumEvidence || b.length < minimumEvidence) return null;
  const [before, after] = [median(a), median(b)];
  const ratio = before === 0 ? 1 : after / before;
  const p = mannWhitney(a, b);
  return { before, after, ratio, p, significant: p < likelyAccident && Math.abs(ratio - 1) > noteworthy };
};
