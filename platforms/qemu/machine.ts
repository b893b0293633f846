import { join } from 'node:path';
import {
  asKolaError,
  InterruptedError,
  type KolaError,
  ProductError,
  ProvisioningError,
} from '../../src/core/errors.ts';
import type { MachineSpec, ProvisionedMachine } from '../../src/core/platform.ts';
import { showsBrokenKvm } from './accelerator.ts';
import { qemuArguments } from './command-line.ts';
import { ConsoleFile } from './console-file.ts';
import { diskFull } from './disk-image.ts';
import { awaken, freeze, resume } from './freeze.ts';
import { machineMarker } from './identity.ts';
import { Ownership } from './ownership.ts';
import {
  type Draft,
  networkName,
  ownProcess,
  type Prepared,
  prepareMachine,
  renewMachine,
  type Site,
} from './preparation.ts';
import { privateIdentity } from './private-network.ts';
import { channelFd, describeExit, type Exit, lineFd, type RunningProcess, startProcess } from './process.ts';
import { QmpClient, type QmpEvent } from './qmp.ts';
import { ResetCounter } from './resets.ts';
import { SerialLine } from './serial-line.ts';
import { readForwardedPort } from './ssh-port.ts';

interface Running {
  readonly process: RunningProcess;
  readonly qmp: QmpClient;
  readonly line: SerialLine;
  readonly sshPort: number;
}

/** Milliseconds that a QEMU which hung up may take to end. */
const dyingTime = 1000;

/** One virtual machine, from its folder to its end. */
export class QemuMachine {
  readonly #site: Site;
  readonly #spec: MachineSpec;
  readonly #draft: Draft;
  /** Nothing more is written to the console. */
  readonly #ended = new AbortController();
  /** The machine is being destroyed. */
  readonly #calledOff = new AbortController();
  readonly #gone = Promise.withResolvers<KolaError>();
  readonly #console: ConsoleFile;
  readonly #resets = new ResetCounter();
  #running: Running | undefined;
  #poweredOff = false;
  #ending: Promise<void> | undefined;
  /** The provisioning or the restart that goes on, or the last one. */
  #work: Promise<unknown> = Promise.resolve();

  /** `frozen` is the folder of the machine that this one is a clone of. */
  constructor(site: Site, spec: MachineSpec, frozen?: string) {
    const { context } = site;
    this.#site = site;
    this.#spec = spec;
    const consoleFile = join(spec.evidenceDir, 'console.txt');
    this.#draft = {
      site,
      spec,
      consoleFile,
      folder: join(context.stateDir, spec.id),
      marker: machineMarker(context.run, spec.id),
      owned: new Ownership(context.ledger, spec.id),
      ...(frozen === undefined ? {} : { frozen }),
    };
    this.#console = new ConsoleFile(consoleFile, this.#ended.signal);
  }

  get memoryMiB(): number {
    return this.#spec.size.memoryMiB;
  }

  /** Powers the machine on. When that fails, or is called off, nothing of it is left. */
  async provision(signal: AbortSignal): Promise<ProvisionedMachine> {
    const work = this.#create(AbortSignal.any([signal, this.#calledOff.signal]));
    this.#work = work;
    try {
      return await work;
    } catch (error) {
      await this.destroy();
      signal.throwIfAborted();
      throw isOutOfSpace(error) ? diskFull(`make machine ${this.#spec.role}`, error) : error;
    }
  }

  async #create(signal: AbortSignal): Promise<ProvisionedMachine> {
    const plan = await prepareMachine(this.#draft, signal);
    const { process, sshPort } = await this.#powerOn(plan, 0, signal);
    return {
      id: this.#spec.id,
      platformId: `pid ${process.identity.pid}`,
      ssh: { host: '127.0.0.1', port: sshPort },
      publicAddress: '127.0.0.1',
      privateAddress: privateIdentity(this.#spec.cluster.index).address,
      console: this.#console,
      gone: this.#gone.promise,
    };
  }

  /** Ends the machine and removes what it had. Calls after the first wait for it; after a failure they try again. */
  destroy(): Promise<void> {
    this.#ending ??= this.#end().catch(error => {
      this.#ending = undefined;
      throw error;
    });
    return this.#ending;
  }

  async #end(): Promise<void> {
    this.#calledOff.abort(new InterruptedError('the machine is being destroyed'));
    // What is being made right now has to exist before it can be undone.
    await this.#work.catch(() => {});
    try {
      await this.#draft.owned.dropAll();
    } finally {
      this.#ended.abort();
    }
  }

  /**
   * Ends the machine and leaves its memory and disks in its folder, for clones. The folder stays until the
   * machine is destroyed.
   */
  async freeze(signal: AbortSignal): Promise<string> {
    const { folder, consoleFile, owned, marker } = this.#draft;
    const { slowdown } = this.#site.accelerator;
    await freeze(this.#needRunning(), { folder, consoleFile, slowdown }, signal);
    this.#running = undefined;
    await owned.drop(marker);
    await owned.drop(networkName);
    this.#ended.abort();
    return folder;
  }

  /** Has a clone run a script before anybody reaches it. */
  awaken(script: string, signal: AbortSignal): Promise<void> {
    return awaken(this.#needRunning(), script, this.#site.accelerator.slowdown, signal);
  }

  #needRunning(): Running {
    if (this.#running === undefined) throw new ProvisioningError('not-running', 'the machine is not running');
    return this.#running;
  }

  /** Lets the machine run on when this process ends. */
  letGo(): void {
    this.#running?.process.letGo();
  }

  /** Starts QEMU; once more under emulation when KVM turns out not to work. */
  async #powerOn(plan: Prepared, port: number, signal: AbortSignal): Promise<Running> {
    const { accelerator: choice, context, qemu } = this.#site;
    const { folder, marker, owned } = this.#draft;
    const accelerator = choice.current;
    const args = qemuArguments({ ...plan, accelerator, sshPort: port, qmpFd: channelFd, lineFd });
    const process = await ownProcess(owned, marker, () =>
      startProcess({ program: qemu, args, cwd: folder, keep: context.keep === true }),
    );
    const qmp = new QmpClient(process.channel);
    const line = new SerialLine(process.line);
    try {
      await qmp.open(signal);
      const running = { process, qmp, line, sshPort: await readForwardedPort(qmp, signal) };
      if (this.#draft.frozen !== undefined) await resume(qmp, this.#draft.frozen, signal);
      this.#running = running;
      this.#watch(running, plan, accelerator);
      return running;
    } catch (error) {
      signal.throwIfAborted();
      const exit = await this.#endAndDrop(process);
      if (accelerator === 'kvm' && this.#fallsBack(process)) {
        await renewMachine(this.#draft, signal);
        return this.#powerOn(plan, port, signal);
      }
      throw exit === undefined ? error : exitError(exit, process.complaint(), error);
    }
  }

  /** Undefined when QEMU was still running and had to be killed. Its connection breaks a moment before it is gone. */
  async #endAndDrop(process: RunningProcess): Promise<Exit | undefined> {
    const { clock } = this.#site.context;
    const exit = await Promise.race([process.exited, clock.sleep(dyingTime)]);
    await this.#draft.owned.drop(this.#draft.marker);
    return exit ?? undefined;
  }

  /** Whether KVM is to blame and emulation to be tried. Throws when KVM is to blame and was insisted on. */
  #fallsBack(process: RunningProcess): boolean {
    const reason = showsBrokenKvm(process.complaint());
    if (reason === undefined) return false;
    if (this.#site.accelerator.fallBack(reason)) return true;
    throw brokenKvm(reason);
  }

  #watch(running: Running, plan: Prepared, accelerator: 'kvm' | 'tcg'): void {
    const { process, qmp } = running;
    const isOver = (): boolean => this.#running !== running || this.#ending !== undefined;
    const handled = (): boolean => {
      try {
        if (accelerator === 'tcg' || !this.#fallsBack(process)) return false;
        this.#restart(running, plan);
      } catch (error) {
        this.#lose(asKolaError(error));
      }
      return true;
    };
    qmp.onEvent(event => this.#see(event));
    process.onComplaint(() => {
      if (!isOver()) handled();
    });
    void process.exited.then(exit => {
      if (isOver() || handled()) return;
      this.#lose(this.#poweredOff && exit.code === 0 ? poweredOff() : exitError(exit, process.complaint()));
    });
  }

  /** KVM gave up on the guest: the same machine, from the beginning, under emulation, behind the same SSH port. */
  #restart(broken: Running, plan: Prepared): void {
    this.#running = undefined;
    const { signal } = this.#calledOff;
    const again = async (): Promise<void> => {
      await this.#draft.owned.drop(this.#draft.marker);
      await renewMachine(this.#draft, signal);
      await this.#powerOn(plan, broken.sshPort, signal);
    };
    this.#work = again().catch(error => this.#lose(asKolaError(error)));
  }

  #see(event: QmpEvent): void {
    if (event.name === 'SHUTDOWN' && event.data.guest === true) this.#poweredOff = true;
    if (event.name === 'BLOCK_IO_ERROR' && event.data.nospace === true)
      this.#lose(diskFull(`hold what machine ${this.#spec.role} writes`));
    const loop = this.#resets.see(event, () => this.#console.text());
    if (loop !== undefined) this.#lose(loop);
  }

  /** The machine is no more, or no use any more. Its things stay until it is destroyed. */
  #lose(error: KolaError): void {
    if (this.#ending !== undefined) return;
    this.#gone.resolve(error);
    void (this.#running?.process.kill() ?? Promise.resolve()).then(() => this.#ended.abort());
  }
}

const isOutOfSpace = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOSPC';

const exitError = (exit: Exit, complaint: string, cause?: unknown): ProvisioningError => {
  const last = complaint.split('\n').at(-1) ?? '';
  return new ProvisioningError('qemu-died', `qemu ${describeExit(exit)}${last === '' ? '' : `: ${last}`}`, {
    ...(complaint === '' ? {} : { evidence: [{ source: 'platform', text: complaint }] }),
    ...(cause === undefined ? {} : { cause }),
  });
};

const poweredOff = (): ProductError => new ProductError('powered-off', 'the machine powered itself off');

const brokenKvm = (reason: string): ProvisioningError =>
  new ProvisioningError('kvm-broken', `KVM cannot run this guest here: ${reason}`, {
    hint: 'use --qemu-accel=auto or --qemu-accel=tcg',
  });
