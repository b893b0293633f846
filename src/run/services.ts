import type PQueue from 'p-queue';
import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Flight } from '../core/platform.ts';
import type { ScenarioInputs } from '../core/scenario.ts';
import type { ExternalProbes } from '../core/services.ts';
import type { EventLog } from './event-log.ts';
import type { Pace } from './pace.ts';
import type { MachinePorts } from './ports.ts';
import type { Deadlines, TargetRequest } from './request.ts';
import type { UsageMeter } from './usage.ts';
import type { WarmPool } from './warm-pool.ts';

/** What all attempts on one target share. */
export interface TargetServices {
  readonly request: TargetRequest;
  readonly flight: Flight;
  /**
   * Create calls go through here, as many at once as the platform bears. p-queue's own timeout and signal are
   * not used: they would free a place while the call goes on.
   */
  readonly launches: PQueue;
  readonly log: EventLog;
  readonly ports: MachinePorts;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly deadlines: Deadlines;
  readonly extraKeys: readonly string[];
  /** Whether services outside the test network can be reached. */
  readonly probes: ExternalProbes;
  /** What the caller handed over for scenarios. */
  readonly inputs: ScenarioInputs;
  /** Absolute path of the run folder. */
  readonly runDir: string;
  /** Machines to clone from; absent = every machine boots (`--cold`). */
  readonly warm?: WarmPool;
  /** Who has a slot; absent = everybody always has one. */
  readonly pace?: Pace;
  /** Adds up what the machines were used for. */
  readonly usage?: UsageMeter;
  /** Machines of failed attempts stay up. */
  readonly keep: boolean;
}
