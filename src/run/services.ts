import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Flight } from '../core/platform.ts';
import type { EventLog } from './event-log.ts';
import type { MachinePorts } from './ports.ts';
import type { Deadlines, TargetRequest } from './request.ts';

/** What all attempts on one target share. */
export interface TargetServices {
  readonly request: TargetRequest;
  readonly flight: Flight;
  readonly log: EventLog;
  readonly ports: MachinePorts;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly deadlines: Deadlines;
  readonly extraKeys: readonly string[];
  /** Absolute path of the run folder. */
  readonly runDir: string;
  /** Machines of failed attempts stay up. */
  readonly keep: boolean;
}
