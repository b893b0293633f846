import type { MachineId } from './ids.ts';

export interface CommandOptions {
  /** Milliseconds; default 60 000. The remote process is told to end when it passes. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Written to standard input, which is then closed. */
  readonly input?: string | Uint8Array;
}

/** How a command on a machine ended. Exactly one of `code` and `signal` is set. */
export interface CommandResult {
  readonly code: number | null;
  /** `TERM`, `KILL` … without the SIG prefix. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly duration: number;
}

export interface WriteOptions {
  /** Octal, default 0o644. */
  readonly mode?: number;
  /** `user:group`, default root:root. */
  readonly owner?: string;
}

/** A running machine under test, as scenarios see it. */
export interface Machine {
  readonly id: MachineId;
  /** The name the scenario gave it: `server`, `client`, or `machine`. */
  readonly role: string;
  readonly publicAddress: string;
  /** Address on the network that the machines of an attempt share. */
  readonly privateAddress: string;
  /** `ignition 3.3.0` …: the user-data form that this machine was given. */
  readonly userDataForm: string;

  /** Runs a shell command as the login user; standard output without trailing newline. Throws when it does not exit 0. */
  run(command: string, options?: CommandOptions): Promise<string>;
  /** Runs a shell command and reports how it ended, whatever that was. Throws only when there is no answer. */
  try(command: string, options?: CommandOptions): Promise<CommandResult>;
  /** Writes a file as root, making its folder. */
  write(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void>;
  /** Reads a text file as root. */
  read(path: string): Promise<string>;
  upload(localPath: string, remotePath: string, options?: WriteOptions): Promise<void>;
  download(remotePath: string, localPath: string): Promise<void>;
  /** Reboots and waits until every start check holds again; the change is proven by a new boot id. */
  reboot(): Promise<void>;
  /** Waits for a reboot that the guest makes by itself: `previous` is the boot id it must leave. */
  awaitReboot(previous: string, options?: { readonly timeout?: number }): Promise<void>;
  /** `/proc/sys/kernel/random/boot_id`. */
  bootId(): Promise<string>;
  /** Whether a password login is let in; key authentication is not tried. */
  acceptsPassword(user: string, password: string): Promise<boolean>;
  /** Console text so far; empty where the platform has none. */
  console(): string;
}
