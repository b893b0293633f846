import { createHash } from 'node:crypto';
import type { Database } from '../schema.ts';

export interface Unselected {
  readonly scenario: string;
  readonly code: string;
  readonly text: string;
}

/** The plan of one target, addressed by its content. */
export const planRow = (planned: Iterable<string>, unselected: readonly Unselected[]): Database['plans'] => {
  const selected = JSON.stringify([...planned].sort());
  const rest = JSON.stringify(unselected);
  const hash = createHash('sha256').update(selected).update('\n').update(rest).digest('hex').slice(0, 32);
  return { hash, selected, unselected: rest };
};

type Counts = Pick<Database['targets'], 'decided' | 'passed' | 'failed' | 'flaky'>;

/** Kept on the target's row, so that overviews of a year need not read a million results. */
export const countOutcomes = (results: readonly { readonly outcome: string }[]): Counts => {
  const count = (...outcomes: string[]): number => results.filter(r => outcomes.includes(r.outcome)).length;
  return {
    decided: results.length,
    passed: count('passed'),
    failed: count('failed', 'timedout'),
    flaky: count('flaky'),
  };
};
