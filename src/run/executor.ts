import type { Flight } from '../core/platform.ts';
import type { PlayedAttempt } from './attempt.ts';
import type { AttemptRequest } from './attempt-request.ts';
import type { Durations } from './durations.ts';
import type { PlanItem } from './plan-item.ts';
import type { TargetRequest } from './request.ts';
import type { TargetServices } from './services.ts';
import type { Settle } from './shared-try.ts';

export interface GroupOptions {
  readonly services: TargetServices;
  /** The run is being stopped. */
  readonly signal: AbortSignal;
  /** What has not begun is not to begin. */
  readonly starting: AbortSignal;
  readonly durations: Durations;
}

/** Who plays attempts instead of this process. It never throws: whatever goes wrong is in the outcomes. */
export interface Executor {
  /**
   * Plays an attempt to its end, and its events into the log. Several come back when hosts were lost on the way;
   * none when nobody had taken it by the time `starting` was aborted.
   */
  attempt(request: AttemptRequest, starting: AbortSignal): Promise<readonly PlayedAttempt[]>;
  /** Plays scenarios that share machines; each is settled exactly once. */
  group(group: readonly PlanItem[], options: GroupOptions, settle: Settle): Promise<void>;
}

/** One target as other hosts run it. */
export interface RemotePlace {
  /** Stands for the flights of those hosts, which this process has none of. */
  readonly flight: Flight;
  readonly executor: Executor;
}

/** Other hosts that a run spreads over. */
export interface RemoteHosts {
  /** Makes a target known to them, with what will be asked for there. */
  open(request: TargetRequest, run: RemoteRun): Promise<RemotePlace>;
}

/** What hosts have to know of a run to do the same as this process would. */
export interface RemoteRun {
  readonly id: string;
  readonly items: readonly PlanItem[];
  /** Names of scenarios, each as often as it starts machines; what several start with is worth cloning. */
  readonly starts: readonly string[];
  /** No machine is cloned. */
  readonly cold: boolean;
  readonly log: (line: string) => void;
}
