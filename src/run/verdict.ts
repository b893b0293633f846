import { type ExitCode, exitCode, isInfrastructure, type Outcome } from '../core/outcome.ts';
import type { AttemptOutcome } from './retry.ts';

export interface Verdict {
  readonly exitCode: ExitCode;
  /** One line for people. */
  readonly text: string;
  readonly counts: Partial<Record<Outcome, number>>;
}

export interface VerdictInput {
  readonly results: readonly AttemptOutcome[];
  readonly interrupted: boolean;
  /** Share of flaky results (0–1) above which the run exits 6. */
  readonly flakyBudget?: number;
}

const isFailure = ({ outcome, known }: AttemptOutcome): boolean =>
  (outcome === 'failed' || outcome === 'timedout') && known === undefined;

/** Exit codes have an order where several hold: usage, interrupted, failed, infrastructure, flaky, nothing, passed. */
export const judge = ({ results, interrupted, flakyBudget }: VerdictInput): Verdict => {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const known = results.filter(result => result.known !== undefined).length;
  const summary = summarize(counts, results.length, known);
  const verdict = (code: ExitCode, word: string): Verdict => ({
    exitCode: code,
    text: `${word}: ${summary}`,
    counts,
  });

  // A target that could not be opened as asked for: nothing was tested there, and only the caller can mend it.
  const misused = results.some(({ outcome, failure }) => outcome === 'blocked' && failure?.kind === 'usage');
  if (misused) return verdict(exitCode.usage, 'BLOCKED');
  if (interrupted) return verdict(exitCode.interrupted, 'INTERRUPTED');
  if (results.some(isFailure)) return verdict(exitCode.failed, 'FAIL');
  const blocked = results.filter(({ outcome }) => outcome === 'blocked' || outcome === 'notrun');
  const unclear = blocked.filter(
    ({ failure }) => failure?.kind === 'scenario' || failure?.kind === 'product',
  );
  if (unclear.length > 0) return verdict(exitCode.failed, 'FAIL');
  if (blocked.some(({ failure }) => failure === undefined || isInfrastructure(failure.kind)))
    return verdict(exitCode.infrastructure, 'BLOCKED');
  if (flakyBudget !== undefined && (counts.flaky ?? 0) / Math.max(1, results.length) > flakyBudget)
    return verdict(exitCode.flaky, 'FLAKY');
  if (results.length === 0) return verdict(exitCode.nothingSelected, 'NOTHING SELECTED');
  return verdict(exitCode.passed, 'PASS');
};

const summarize = (counts: Partial<Record<Outcome, number>>, total: number, known: number): string => {
  const parts = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  return parts.length === 0
    ? 'no scenario'
    : `${parts.join(', ')} of ${total}${known === 0 ? '' : `; ${known} by known issues`}`;
};
