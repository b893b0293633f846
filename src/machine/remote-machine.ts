import { NetworkError, ProductError } from '../core/errors.ts';
import type { MachineId } from '../core/ids.ts';
import type { CommandOptions, CommandResult, Machine, WriteOptions } from '../core/machine.ts';
import { limited, orAborted } from './limit.ts';
import type { MachineOptions, MachinePhase } from './machine-options.ts';
import type { MachineWatch } from './machine-watch.ts';
import { awaitReady } from './readiness.ts';
import { awaitNewBoot, orderReboot, readBootId } from './reboot.ts';
import { commandEvidence, type ExecOptions } from './ssh/command.ts';
import { downloadFile, readRemote, uploadFile, writeRemote } from './ssh/files.ts';
import type { SshLink } from './ssh/link.ts';
import { acceptsPassword } from './ssh/password.ts';
import { lastLines, shortCommand } from './ssh/quote.ts';

const defaultTimeout = 60_000;
/** How long a command waits for a connection that broke: a service restart, not a reboot. */
const reconnectPatience = 60_000;
/** Time that going down may take on top of a boot. */
const shutdownPatience = 90_000;
const reasonPatience = 1000;
const defaultRebootTimeout = 300_000;

/** A machine reached over SSH, watched on its console and journal. Made by `openMachine`. */
export class RemoteMachine implements Machine {
  readonly id: MachineId;
  readonly role: string;
  readonly publicAddress: string;
  readonly privateAddress: string;
  readonly userDataForm: string;
  /**
   * Aborted when the machine is of no more use: its scenario is over, it went away, or a fatal rule hit. The reason
   * says why; everything that is pending on the machine rejects with it.
   */
  readonly over: AbortSignal;
  readonly #options: MachineOptions;
  readonly #link: SshLink;
  readonly #watch: MachineWatch;
  #phaseStarted = performance.now();

  constructor(options: MachineOptions, link: SshLink, watch: MachineWatch) {
    this.id = options.provisioned.id;
    this.role = options.role;
    this.publicAddress = options.provisioned.publicAddress;
    this.privateAddress = options.provisioned.privateAddress;
    this.userDataForm = options.userDataForm;
    this.over = watch.over;
    this.#options = options;
    this.#link = link;
    this.#watch = watch;
  }

  async run(command: string, options: CommandOptions = {}): Promise<string> {
    const { code, signal, stdout, stderr } = await this.try(command, options);
    if (code === 0) return stdout.replace(/\n+$/, '');
    const how = signal === null ? `exited ${code}` : `was killed by ${signal}`;
    const words = lastLines(stderr, 1) || lastLines(stdout, 1);
    throw new ProductError(
      'command-failed',
      `command ${how}: ${shortCommand(command)}${words === '' ? '' : ` — ${words}`}`,
      { evidence: commandEvidence(command, stdout, stderr).map(part => ({ ...part, machine: this.id })) },
    );
  }

  try(command: string, options: CommandOptions = {}): Promise<CommandResult> {
    return this.#exec(command, options);
  }

  write(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void> {
    return writeRemote(this.#exec, path, content, options);
  }

  read(path: string): Promise<string> {
    return readRemote(this.#exec, path);
  }

  upload(localPath: string, remotePath: string, options?: WriteOptions): Promise<void> {
    return uploadFile(this.#exec, localPath, remotePath, options);
  }

  download(remotePath: string, localPath: string): Promise<void> {
    return downloadFile(this.#exec, remotePath, localPath);
  }

  async reboot(): Promise<void> {
    const { slowdown } = this.#options;
    const previous = await this.bootId();
    this.#enter('rebooting');
    await orderReboot(this.#link, { machine: this.id, signal: this.over, slowdown });
    await this.#newBoot(previous, this.#options.bootTimeout + shutdownPatience * slowdown);
  }

  async awaitReboot(previous: string, options: { readonly timeout?: number } = {}): Promise<void> {
    this.#enter('rebooting');
    await this.#newBoot(previous, (options.timeout ?? defaultRebootTimeout) * this.#options.slowdown);
  }

  bootId(): Promise<string> {
    return this.run(readBootId);
  }

  acceptsPassword(user: string, password: string): Promise<boolean> {
    const { provisioned, hostKey, slowdown } = this.#options;
    return acceptsPassword({ ...provisioned.ssh, user, password, hostKey, slowdown, signal: this.over });
  }

  console(): string {
    return this.#options.provisioned.console?.text() ?? '';
  }

  /** Reports the first login. */
  connected(): void {
    this.#enter('connected');
  }

  /** The start checks; `until` milliseconds. Reports the phase `ready`. */
  async awaitReady(until: number): Promise<void> {
    const { manifest, allow } = this.#options;
    const { bootId } = await awaitReady(this.#exec, {
      machine: this.id,
      manifest,
      allow,
      until,
      signal: this.over,
    });
    this.#enter('ready', { bootId });
  }

  /** Ends the journal, the console watch and the connection. The machine itself is the platform's to destroy. */
  async close(): Promise<void> {
    await this.#watch.close();
    this.#link.close();
  }

  async #newBoot(previous: string, until: number): Promise<void> {
    await awaitNewBoot(this.#link, { machine: this.id, previous, until, signal: this.over });
    await this.awaitReady(this.#options.bootTimeout);
  }

  #enter(phase: MachinePhase, detail?: { readonly bootId: string }): void {
    const now = performance.now();
    this.#options.onPhase(phase, now - this.#phaseStarted, detail);
    this.#phaseStarted = now;
  }

  readonly #exec = async (command: string, options: ExecOptions = {}): Promise<CommandResult> => {
    const { slowdown } = this.#options;
    const signal = options.signal === undefined ? this.over : AbortSignal.any([this.over, options.signal]);
    const connection = await this.#link.connection({ until: reconnectPatience * slowdown, signal });
    const timeout = (options.timeout ?? defaultTimeout) * slowdown;
    try {
      return await connection.exec(command, { ...options, timeout, signal });
    } catch (error) {
      throw await this.#betterReason(error);
    }
  };

  /** A machine that dies drops its connection a moment before its console or its platform says why. */
  async #betterReason(error: unknown): Promise<unknown> {
    if (!(error instanceof NetworkError)) return error;
    const limit = limited(reasonPatience, () => error, this.over);
    const { promise: never } = Promise.withResolvers<never>();
    return orAborted(never, limit.signal)
      .catch((reason: unknown) => reason)
      .finally(() => limit.clear());
  }
}
