import type { Evidence } from '../core/errors.ts';
import type { MachineId } from '../core/ids.ts';
import type { ImageManifest } from '../core/image.ts';
import type { Machine } from '../core/machine.ts';
import type { ProvisionedMachine } from '../core/platform.ts';
import type { ScenarioAllowances } from '../core/scenario.ts';
import type { RenderedUserData, UserData } from '../core/user-data.ts';

/** What the engine asks of the machine layer. The real one is in real-machines.ts; simulations bring their own. */
export interface MachinePorts {
  /** Fresh keys for one machine; no two machines share any. */
  makeKeys(): Promise<MachineKeys>;
  render(request: RenderRequest): RenderedUserData;
  /** A watcher for one machine's console. */
  watchConsole(request: WatchRequest): LogFeed;
  /** Logs in, starts the journal, and holds the start checks; resolves when the machine is ready. */
  connect(request: ConnectRequest): Promise<ConnectedMachine>;
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

/** A console or journal line that a rule found. */
export interface RuleHit {
  readonly rule: string;
  readonly description: string;
  readonly source: 'console' | 'journal';
  /** 1-based. */
  readonly line: number;
  readonly text: string;
  /** The machine is beyond help: the attempt ends now. */
  readonly fatal: boolean;
  /** Why the hit does not count. */
  readonly excused?: string;
  /** The lines that lead up to it. */
  readonly excerpt: string;
}

export interface WatchRequest {
  readonly manifest: ImageManifest;
  readonly allow: ScenarioAllowances;
  readonly onHit: (hit: RuleHit) => void;
}

export interface LogFeed {
  feed(chunk: string): void;
  /** Judges what is still held back (an unfinished last line). */
  end(): void;
}

export interface ConnectRequest {
  readonly id: MachineId;
  readonly role: string;
  readonly provisioned: ProvisionedMachine;
  readonly userDataForm: string;
  readonly user: string;
  readonly keys: MachineKeys;
  readonly manifest: ImageManifest;
  readonly allow: ScenarioAllowances;
  /** Milliseconds from now until the machine has to be ready, scaled; also for each reboot. */
  readonly bootDeadline: number;
  readonly slowdown: number;
  /** Folder for journal.txt. */
  readonly evidenceDir: string;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: 'connected' | 'ready' | 'rebooting', bootId?: string) => void;
  readonly onHit: (hit: RuleHit) => void;
}

export interface ConnectedMachine {
  readonly machine: Machine;
  /** Reads the journal to its end, at most `ms`, and hangs up. Never throws. */
  close(ms: number): Promise<void>;
}

/** Evidence for a hit, with the place in the kept log. */
export const hitEvidence = (hit: RuleHit, machine: string, path: string): Evidence => ({
  source: hit.source,
  text: hit.excerpt,
  path,
  line: hit.line,
  machine,
});
