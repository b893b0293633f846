import type { Sabotage } from '../core/sabotage.ts';
import type { Scenario } from '../core/scenario.ts';
import type { Subject } from '../core/target.ts';
import type { Seat } from './seat.ts';
import type { TargetServices } from './services.ts';

/** One try of one scenario on one target. */
export interface AttemptRequest {
  readonly services: TargetServices;
  readonly scenario: Scenario;
  readonly subject: Subject;
  readonly id: string;
  /** 1-based. */
  readonly number: number;
  readonly retryOf?: string;
  /** What is done to the machines so that the scenario fails. */
  readonly sabotage?: Sabotage;
  /** Most milliseconds that one wait of the body may take, whatever the scenario says. */
  readonly patience?: number;
  /** Where it is to run; absent = on machines of its own. */
  readonly seat?: Seat;
  /** The run is being stopped. */
  readonly signal: AbortSignal;
}
