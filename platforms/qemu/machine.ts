import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  asKolaError,
  InterruptedError,
  type KolaError,
  ProductError,
  ProvisioningError,
  ScenarioError,
} from '../../src/core/errors.ts';
import type { FlightContext, MachineSpec, ProvisionedMachine } from '../../src/core/platform.ts';
import { type AcceleratorChoice, showsBrokenKvm } from './accelerator.ts';
import { type DiskPlan, type MachinePlan, qemuArguments } from './command-line.ts';
import { configDrive } from './config-drive.ts';
import { ConsoleFile } from './console-file.ts';
import { createEmptyDisk, createOverlay, diskFull, mib } from './disk-image.ts';
import { type FirmwareFiles, installFirmware } from './firmware.ts';
import { folderMark, machineMarker, resourceKinds, userMac } from './identity.ts';
import type { Networks } from './networks.ts';
import { Ownership } from './ownership.ts';
import { privateIdentity } from './private-network.ts';
import { channelFd, describeExit, type Exit, type RunningProcess, startProcess } from './process.ts';
import { QmpClient, type QmpEvent } from './qmp.ts';
import { ResetCounter } from './resets.ts';
import { readForwardedPort } from './ssh-port.ts';
import { awaitTpm, startTpm, tpmSocketName } from './swtpm.ts';

/** What all machines of a flight have in common. */
export interface Site {
  readonly context: FlightContext;
  readonly qemu: string;
  readonly baseBytes: number;
  readonly growBytes: number;
  readonly tpm: boolean;
  readonly vnc: string | undefined;
  readonly accelerator: AcceleratorChoice;
  readonly networks: Networks;
  readonly firmware: (wish: string | undefined) => Promise<FirmwareFiles>;
}

/** What QEMU is told, but for what changes between starts. */
type Prepared = Omit<MachinePlan, 'accelerator' | 'sshPort' | 'qmpFd'>;

interface Running {
  readonly process: RunningProcess;
  readonly qmp: QmpClient;
  readonly sshPort: number;
}

/** virtio-blk hands 20 bytes of a serial number to the guest. */
const serialBytes = 20;

/** Milliseconds that a QEMU which hung up may take to end. */
const dyingTime = 1000;

/** One virtual machine, from its folder to its end. */
export class QemuMachine {
  readonly #site: Site;
  readonly #spec: MachineSpec;
  readonly #folder: string;
  readonly #marker: string;
  readonly #owned: Ownership;
  /** Nothing more is written to the console. */
  readonly #ended = new AbortController();
  /** The machine is being destroyed. */
  readonly #calledOff = new AbortController();
  readonly #gone = Promise.withResolvers<KolaError>();
  readonly #console: ConsoleFile;
  #resets = new ResetCounter();
  #running: Running | undefined;
  #poweredOff = false;
  #ending: Promise<void> | undefined;
  /** The provisioning or the restart that goes on, or the last one. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(site: Site, spec: MachineSpec) {
    const { context } = site;
    this.#site = site;
    this.#spec = spec;
    this.#folder = join(context.stateDir, spec.id);
    this.#marker = machineMarker(context.run, spec.id);
    this.#owned = new Ownership(context.ledger, spec.id);
    this.#console = new ConsoleFile(this.#consolePath, this.#ended.signal);
  }

  get #consolePath(): string {
    return join(this.#spec.evidenceDir, 'console.txt');
  }

  /** Powers the machine on. When that fails, or is called off, nothing of it is left. */
  async provision(signal: AbortSignal): Promise<ProvisionedMachine> {
    const work = this.#create(AbortSignal.any([signal, this.#calledOff.signal]));
    this.#work = work;
    try {
      return await work;
    } catch (error) {
      await this.destroy();
      throw error;
    }
  }

  async #create(signal: AbortSignal): Promise<ProvisionedMachine> {
    const plan = await this.#prepare(signal);
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
      await this.#owned.dropAll();
    } finally {
      this.#ended.abort();
    }
  }

  /** Lets the machine run on when this process ends. */
  letGo(): void {
    this.#running?.process.letGo();
  }

  async #prepare(signal: AbortSignal): Promise<Prepared> {
    const { context, networks, firmware, vnc } = this.#site;
    const { cluster, size, userData } = this.#spec;
    const files = await firmware(this.#spec.firmware);
    await this.#makeFolder();
    await writeFile(this.#consolePath, '', { flag: 'a' });
    const disks = await this.#makeDisks(signal);
    const installed = await installFirmware(files, this.#folder);
    const ignitionFile =
      userData.channel === 'ignition' ? await this.#put('config.ign', userData.text) : undefined;
    const tpmSocket = this.#spec.tpm || this.#site.tpm ? await this.#startTpm(signal) : undefined;
    const network = await networks.join(cluster.id, signal);
    this.#owned.hold('network', network.leave);
    signal.throwIfAborted();
    return {
      arch: context.arch,
      marker: this.#marker,
      memoryMiB: size.memoryMiB,
      vcpus: size.vcpus,
      firmware: installed,
      disks,
      consoleFile: this.#consolePath,
      userMac: userMac(cluster.index),
      privateCard: { mac: privateIdentity(cluster.index).mac, port: network.port },
      ...(ignitionFile === undefined ? {} : { ignitionFile }),
      ...(tpmSocket === undefined ? {} : { tpmSocket }),
      ...(vnc === undefined ? {} : { vnc }),
    };
  }

  async #makeFolder(): Promise<void> {
    const folder = this.#folder;
    await this.#owned.own(
      { kind: resourceKinds.folder, name: folder },
      async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(join(folder, folderMark), `${this.#marker}\n`);
        return { id: folder, value: folder };
      },
      path => rm(path, { recursive: true, force: true }),
    );
  }

  async #put(name: string, content: string | Buffer): Promise<string> {
    // User-data holds private keys.
    await writeFile(join(this.#folder, name), content, { mode: 0o600 });
    return name;
  }

  async #makeDisks(signal: AbortSignal): Promise<readonly DiskPlan[]> {
    const { userData, id, metadataKey } = this.#spec;
    await this.#makePrimaryDisk(signal);
    const disks: DiskPlan[] = [{ file: primaryDisk, format: 'qcow2', serial: 'primary-disk' }];
    for (const [index, { serial, sizeMiB }] of this.#spec.disks.entries()) {
      if (Buffer.byteLength(serial) > serialBytes)
        throw new ScenarioError(
          'disk-serial',
          `expected a disk serial of at most ${serialBytes} bytes, found ${serial}`,
        );
      const file = `extra-${index}.qcow2`;
      await createEmptyDisk(join(this.#folder, file), sizeMiB * mib, signal);
      disks.push({ file, format: 'qcow2', serial });
    }
    if (userData.channel === 'cloudinit') {
      const file = await this.#put('config-drive.iso', configDrive(userData.text, id, metadataKey));
      disks.push({ file, format: 'raw', serial: 'config-drive', readOnly: true });
    }
    return disks;
  }

  async #makePrimaryDisk(signal: AbortSignal): Promise<void> {
    const { context, baseBytes, growBytes } = this.#site;
    const size = baseBytes + growBytes + this.#spec.primaryDiskExtraMiB * mib;
    await createOverlay({ file: join(this.#folder, primaryDisk), base: context.image, size }, signal);
  }

  async #startTpm(signal: AbortSignal): Promise<string> {
    const marker = `${this.#marker}-tpm`;
    const tpm = await this.#ownProcess(marker, () =>
      startTpm({ folder: this.#folder, marker, keep: this.#site.context.keep === true }),
    );
    await awaitTpm(tpm, this.#folder, marker, signal);
    return tpmSocketName(marker);
  }

  #ownProcess(marker: string, start: () => Promise<RunningProcess>): Promise<RunningProcess> {
    return this.#owned.own(
      { kind: resourceKinds.process, name: marker },
      async () => {
        const process = await start();
        const { pid, startTime } = process.identity;
        return { id: String(pid), value: process, detail: { startTime } };
      },
      process => process.kill(),
    );
  }

  /** Starts QEMU; once more under emulation when KVM turns out not to work. */
  async #powerOn(plan: Prepared, port: number, signal: AbortSignal): Promise<Running> {
    const { accelerator: choice, context, qemu } = this.#site;
    const accelerator = choice.current;
    const args = qemuArguments({ ...plan, accelerator, sshPort: port, qmpFd: channelFd });
    const process = await this.#ownProcess(this.#marker, () =>
      startProcess({ program: qemu, args, cwd: this.#folder, keep: context.keep === true }),
    );
    const qmp = new QmpClient(process.channel);
    try {
      await qmp.open(signal);
      const running = { process, qmp, sshPort: await readForwardedPort(qmp, signal) };
      this.#running = running;
      this.#watch(running, plan, accelerator);
      return running;
    } catch (error) {
      signal.throwIfAborted();
      const exit = await this.#endAndDrop(process);
      if (accelerator === 'kvm' && this.#blamesKvm(process)) return this.#powerOn(plan, port, signal);
      throw exit === undefined ? error : exitError(exit, process.complaint(), error);
    }
  }

  /** Undefined when QEMU was still running and had to be killed. Its connection breaks a moment before it is gone. */
  async #endAndDrop(process: RunningProcess): Promise<Exit | undefined> {
    const { clock } = this.#site.context;
    const exit = await Promise.race([process.exited, clock.sleep(dyingTime)]);
    await this.#owned.drop(this.#marker);
    return exit ?? undefined;
  }

  #blamesKvm(process: RunningProcess): boolean {
    const reason = showsBrokenKvm(process.complaint());
    return reason !== undefined && this.#site.accelerator.fallBack(reason);
  }

  #watch(running: Running, plan: Prepared, accelerator: 'kvm' | 'tcg'): void {
    const { process, qmp } = running;
    qmp.onEvent(event => this.#see(event));
    void process.exited.then(exit => {
      if (this.#running !== running || this.#ending !== undefined) return;
      if (accelerator === 'kvm' && this.#blamesKvm(process)) this.#restart(running, plan);
      else
        this.#lose(this.#poweredOff && exit.code === 0 ? poweredOff() : exitError(exit, process.complaint()));
    });
    if (accelerator === 'tcg') return;
    process.onComplaint(() => {
      if (this.#running !== running || this.#ending !== undefined) return;
      const reason = showsBrokenKvm(process.complaint());
      if (reason === undefined) return;
      if (this.#site.accelerator.fallBack(reason)) this.#restart(running, plan);
      else this.#lose(brokenKvm(reason));
    });
  }

  /** KVM gave up on the guest: the same machine, from the beginning, under emulation, behind the same SSH port. */
  #restart(broken: Running, plan: Prepared): void {
    this.#running = undefined;
    const { signal } = this.#calledOff;
    const again = async (): Promise<void> => {
      await this.#owned.drop(this.#marker);
      await this.#makePrimaryDisk(signal);
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

const primaryDisk = 'primary.qcow2';

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
