import type { Clock } from '../core/clock.ts';
import type { KolaError } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import type { UserData } from '../core/user-data.ts';
import type { MachinePorts } from './ports.ts';
import type { Deadlines, TargetRequest } from './request.ts';

/** Everything `kola spawn` decides before machines are made. */
export interface SpawnRequest {
  readonly target: TargetRequest;
  /** How many machines, on one private network. */
  readonly machines: number;
  /** The same for all of them. */
  readonly userData: UserData;
  readonly deadlines: Deadlines;
  /** The session may end with {@link SpawnSession.detach}: machines have to outlive this process. */
  readonly keep: boolean;
  /** Folder for console and journal; same rules as the run folder of `kola run`. */
  readonly outputDir: string;
  readonly latestLink?: string;
  /** `$XDG_STATE_HOME/kola`. */
  readonly stateRoot: string;
  readonly extraKeys: readonly string[];
  readonly ports: MachinePorts;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: (line: string) => void;
  /** Ends everything that is not detached. */
  readonly signal: AbortSignal;
}

/** How the system's own `ssh` gets onto a machine. */
export interface SpawnedMachine {
  readonly role: string;
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly privateAddress: string;
  /** Private key, mode 0600, in the state folder. */
  readonly keyFile: string;
  /** known_hosts file that pins the host key. */
  readonly knownHostsFile: string;
  /** Absolute folder with its console.txt. */
  readonly folder: string;
}

/** Machines that are up and ready. Failed units and log rules are reported through `log`, and tolerated. */
export interface SpawnSession {
  readonly machines: readonly SpawnedMachine[];
  /** Resolves when a machine went away by itself. */
  readonly gone: Promise<KolaError>;
  /** Destroys the machines, removes keys and state. */
  end(): Promise<void>;
  /** Stops watching and leaves machines, keys and ledger entries behind, so that a later process can end them. */
  detach(): Promise<void>;
}
