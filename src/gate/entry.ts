import type { ResultRecord, TargetRecord } from '../core/history.ts';

/** A result with the run and target it belongs to. */
export interface Entry {
  readonly target: TargetRecord;
  readonly result: ResultRecord;
}
