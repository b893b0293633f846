import type { PreflightReport } from '../core/cloud-account.ts';
import type { MachineSize, MachineSpec } from '../core/platform.ts';
import type { ResourceKind, TeardownPlace } from './kinds.ts';
import type { Owner } from './owner.ts';

/** A machine that a driver has created and that is powered on. */
export interface Launched {
  /** The platform's own name for it. */
  readonly platformId: string;
  readonly publicAddress: string;
  readonly privateAddress: string;
  /** Default 22. */
  readonly sshPort?: number;
}

/** What an adapter writes; the flight does the rest: ledger, cancelling, teardown, lease, console, watch. */
export interface CloudDriver<Cloud> {
  readonly platform: string;
  readonly cloud: Cloud;
  /** In the order of destruction. */
  readonly kinds: readonly ResourceKind<Cloud>[];
  /** Written into each entry of the ledger: how a later process finds the place again. No secrets. */
  readonly site: Readonly<Record<string, string>>;
  readonly defaultSize: MachineSize;
  /** Most bytes of user-data. */
  readonly userDataLimit: number;
  /** See `slowdownOf`; default 1. */
  readonly slowdown?: number;
  readonly launchesAtOnce?: number;
  /** Milliseconds that {@link launch} may take; default as the engine has it. */
  readonly provisionLimit?: number;
  readonly machineLimit?: number;
  readonly search?: TeardownPlace<Cloud>['search'];
  preflight(signal: AbortSignal): Promise<PreflightReport>;
  /** Creates what all machines share: the image, the network, the key. */
  prepare(owner: Owner, signal: AbortSignal): Promise<void>;
  /** Creates one machine, with `userData` as it is, and waits until it has its addresses. */
  launch(spec: MachineSpec, userData: string, owner: Owner, signal: AbortSignal): Promise<Launched>;
  /** The console as the cloud has it now; absent = it has none. */
  readConsole?(machine: Launched, signal: AbortSignal): Promise<string>;
  /** Undefined while the machine runs, else what it is: `terminated: spot interruption`. */
  gone(machine: Launched, signal: AbortSignal): Promise<string | undefined>;
  /** Puts text where the machine can fetch it, for user-data over the limit. */
  readonly publish?: ((text: string, owner: Owner, signal: AbortSignal) => Promise<string>) | undefined;
  /** Writes a later end of lease on everything that the run owns. */
  renew(expires: number, signal: AbortSignal): Promise<void>;
}
