import { mkdir } from 'node:fs/promises';
import { CapacityError, UsageError } from '../../src/core/errors.ts';
import type { MachineId } from '../../src/core/ids.ts';
import type {
  ClusterRef,
  Flight,
  FlightContext,
  MachineSize,
  MachineSpec,
  ProvisionedMachine,
} from '../../src/core/platform.ts';
import { SnapshotStore } from '../../src/machine/snapshots/store.ts';
import { AcceleratorChoice, type HostFacts, readHostFacts } from './accelerator.ts';
import { secondPortPath } from './command-line.ts';
import { findData, guestBytes, mib } from './disk-image.ts';
import { type FirmwareFiles, findFirmware } from './firmware.ts';
import { QemuFreezer } from './freezer.ts';
import { QemuMachine } from './machine.ts';
import { Networks } from './networks.ts';
import { optionsSchema, type QemuOptions } from './options.ts';
import type { Site } from './preparation.ts';
import { privateIdentity } from './private-network.ts';
import { needProgram, qemuBinary } from './programs.ts';

/** MiB that QEMU needs besides the guest's memory: translated code under emulation, caches, itself. */
const overheadMiB = 300;
/** MiB left to the rest of the host. */
const reserveMiB = 512;

const defaultMemoryMiB = 1536;
const defaultCpus = 2;
/** Processors that share an emulator's core wait for each other: two machines of one each are faster than of two. */
const defaultEmulatedCpus = 1;

/** `host` is given in tests only. */
export const openFlight = async (context: FlightContext, host?: HostFacts): Promise<Flight> => {
  const options = optionsSchema.parse(context.options);
  const { arch, image } = context;
  if (image.manifest.arch !== arch)
    throw new UsageError(
      'image-arch',
      `expected an image for ${arch}, found one for ${image.manifest.arch}: ${image.disk}`,
    );
  await mkdir(context.stateDir, { recursive: true, mode: 0o700 });
  const accelerator = new AcceleratorChoice(
    options.qemuAccel ?? 'auto',
    arch,
    host ?? (await readHostFacts()),
    context.log,
  );
  return new QemuFlight(context, options, accelerator);
};

class QemuFlight implements Flight {
  readonly #context: FlightContext;
  readonly #options: QemuOptions;
  readonly #accelerator: AcceleratorChoice;
  readonly #networks = new Networks();
  readonly #machines = new Map<MachineId, QemuMachine>();
  readonly #freezer: QemuFreezer;
  readonly #firmwares = new Map<string | undefined, Promise<FirmwareFiles>>();
  #site: Site | undefined;

  constructor(context: FlightContext, options: QemuOptions, accelerator: AcceleratorChoice) {
    this.#context = context;
    this.#options = options;
    this.#accelerator = accelerator;
    this.#freezer = new QemuFreezer(
      secondPortPath[context.arch],
      () => this.#needSite(),
      this.#machines,
      context.snapshots === undefined
        ? undefined
        : new SnapshotStore(context.snapshots, context.log, findData),
    );
  }

  get freezer(): QemuFreezer {
    return this.#freezer;
  }

  get slowdown(): number {
    return this.#accelerator.slowdown;
  }

  /** Where QEMU's user-mode network puts the host. */
  readonly hostAddress = '10.0.2.2';

  get defaultSize(): MachineSize {
    return {
      memoryMiB: this.#options.qemuMemory ?? defaultMemoryMiB,
      vcpus: this.#options.qemuCpus ?? (this.slowdown > 1 ? defaultEmulatedCpus : defaultCpus),
    };
  }

  get machineLimit(): number {
    const free = process.availableMemory() / mib - reserveMiB;
    const running = this.#machines.size;
    return Math.max(1, running + Math.floor(free / (this.defaultSize.memoryMiB + overheadMiB)));
  }

  async prepareImage(signal: AbortSignal): Promise<void> {
    const { arch, image } = this.#context;
    const qemu = await needProgram(this.#options.qemuBinary ?? qemuBinary[arch]);
    if (this.#options.qemuTpm === true) await needProgram('swtpm');
    await this.#firmware(undefined);
    this.#site = {
      context: this.#context,
      qemu,
      baseBytes: await guestBytes(image, signal),
      growBytes: this.#options.qemuGrowBaseDiskBy ?? 0,
      tpm: this.#options.qemuTpm === true,
      vnc: vncDisplay(this.#options.qemuVnc),
      accelerator: this.#accelerator,
      networks: this.#networks,
      firmware: wish => this.#firmware(wish),
    };
  }

  privateAddress(cluster: ClusterRef): string {
    return privateIdentity(cluster.index).address;
  }

  async provision(spec: MachineSpec, signal: AbortSignal): Promise<ProvisionedMachine> {
    const site = this.#needSite();
    signal.throwIfAborted();
    needMemory(spec);
    const machine = new QemuMachine(site, spec, this.#freezer.folderOf(spec.resume));
    this.#machines.set(spec.id, machine);
    try {
      return await machine.provision(signal);
    } catch (error) {
      this.#machines.delete(spec.id);
      throw error;
    }
  }

  #needSite(): Site {
    if (this.#site === undefined) throw new TypeError('provision() before prepareImage()');
    return this.#site;
  }

  async destroy(id: MachineId, _signal: AbortSignal): Promise<void> {
    await this.#machines.get(id)?.destroy();
    this.#machines.delete(id);
  }

  async close(signal: AbortSignal): Promise<void> {
    if (this.#context.keep === true) {
      for (const machine of this.#machines.values()) machine.letGo();
      return;
    }
    await Promise.all([...this.#machines.keys()].map(id => this.destroy(id, signal)));
    await this.#freezer.close();
  }

  #firmware(wish: string | undefined): Promise<FirmwareFiles> {
    const known = this.#firmwares.get(wish);
    if (known !== undefined) return known;
    const { qemuFirmware, qemuOvmfVars } = this.#options;
    const found = findFirmware({
      arch: this.#context.arch,
      wish: wish ?? qemuFirmware,
      // A store that was given for one firmware fits no other.
      varsFile: wish === undefined || wish === qemuFirmware ? qemuOvmfVars : undefined,
      image: this.#context.image.manifest.firmware,
    });
    found.catch(() => this.#firmwares.delete(wish));
    this.#firmwares.set(wish, found);
    return found;
  }
}

const needMemory = ({ size, role }: MachineSpec): void => {
  const free = Math.floor(process.availableMemory() / mib);
  if (free >= size.memoryMiB) return;
  throw new CapacityError(
    'memory',
    `${role} needs ${size.memoryMiB} MiB of memory, this host has ${free} MiB free`,
    {
      hint: 'run fewer machines at once (-j), or give them less (--qemu-memory)',
    },
  );
};

/** Bare numbers are displays of this host only; the next free one is taken when there are several machines. */
const vncDisplay = (wish: string | number | undefined): string | undefined => {
  if (wish === undefined) return undefined;
  return /^\d+$/.test(String(wish)) ? `127.0.0.1:${wish},to=99` : String(wish);
};
