import type { PlanItem } from './plan-item.ts';
import type { AttemptOutcome } from './retry.ts';

/** What came of a scenario on a shared machine. */
export interface SharedTry {
  readonly id: string;
  readonly outcome: AttemptOutcome;
  /** Names of those that ran at the same time or before on the machine. */
  readonly beside: readonly string[];
  /** It has to be run on a machine of its own before its result is decided. */
  readonly open: boolean;
  /** Milliseconds. */
  readonly took: number;
}

/** Called once for each: with its try, or with nothing when it has to do without a shared machine. */
export type Settle = (item: PlanItem, shared: SharedTry | undefined) => void;
