import type { ImageManifest } from '../core/image.ts';
import type { Machine } from '../core/machine.ts';
import type { ScenarioAllowances } from '../core/scenario.ts';
import type { RenderedUserData, UserData } from '../core/user-data.ts';
import type { LayDownOptions, RenewalOptions } from '../machine/clone-scripts.ts';
import type { Fingerprint } from '../machine/guest/fingerprint.ts';
import type { MachineOptions } from '../machine/machine-options.ts';

/** What the engine asks of the machine layer. The real one is in real-machines.ts; simulations bring their own. */
export interface MachinePorts {
  /** Fresh keys for one machine; no two machines share any. */
  makeKeys(): MachineKeys;
  render(request: RenderRequest): RenderedUserData;
  /** Makes a machine that is ready wait for being frozen. */
  layDown(machine: Machine, options: LayDownOptions): Promise<void>;
  /** The script that makes a clone a machine of its own. */
  renewal(options: RenewalOptions): string;
  /** Logs in, watches console and journal, and holds the start checks; resolves when the machine is ready. */
  open(options: MachineOptions): Promise<OpenMachine>;
  /** What of a machine's state others who use it would notice. */
  fingerprint(machine: Machine, signal: AbortSignal): Promise<Fingerprint>;
}

export interface MachineKeys {
  /** authorized_keys line of the login key. */
  readonly publicKey: string;
  /** Private login key, OpenSSH form. */
  readonly privateKey: string;
  /** Private host key that the machine is given, OpenSSH form. */
  readonly hostPrivateKey: string;
  readonly hostPublicKey: string;
}

export interface RenderRequest {
  readonly own: UserData;
  readonly manifest: ImageManifest;
  readonly keys: MachineKeys;
  readonly extraKeys: readonly string[];
  readonly user: string;
  readonly allow: ScenarioAllowances;
  readonly privateAddress: string | undefined;
}

export interface OpenMachine extends Machine {
  /** Reads the journal to its end and hangs up. The machine itself stays. */
  close(): Promise<void>;
}
