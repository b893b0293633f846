import { readdir } from 'node:fs/promises';
import { ProvisioningError } from '../../src/core/errors.ts';
import { brandId, type MachineId } from '../../src/core/ids.ts';
import type { Freezer, Snapshot } from '../../src/core/platform.ts';
import type { SnapshotStore } from '../../src/machine/snapshots/store.ts';
import { frozenFile } from './freeze.ts';
import { type Emulator, identifyEmulator, snapshotName } from './host-digest.ts';
import type { QemuMachine } from './machine.ts';
import type { Site } from './preparation.ts';

interface Frozen {
  readonly folder: string;
  /** Of the kind that later runs find. */
  readonly kept: boolean;
  remove(): Promise<void>;
}

/** The frozen machines of a flight: made by itself, or found where earlier ones kept theirs. */
export class QemuFreezer implements Freezer {
  readonly line: string;
  readonly #site: () => Site;
  readonly #machines: Map<MachineId, QemuMachine>;
  readonly #store: SnapshotStore | undefined;
  readonly #frozen = new Map<MachineId, Frozen>();
  #emulator: Promise<Emulator> | undefined;

  /** `machines` are those of the flight that run; one that is frozen is taken out. No store = nothing is kept. */
  constructor(
    line: string,
    site: () => Site,
    machines: Map<MachineId, QemuMachine>,
    store: SnapshotStore | undefined,
  ) {
    this.line = line;
    this.#site = site;
    this.#machines = machines;
    this.#store = store;
  }

  /** Where the clones of a snapshot start from; undefined where there is no snapshot. */
  folderOf(snapshot: Snapshot | undefined): string | undefined {
    if (snapshot === undefined) return undefined;
    const frozen = this.#frozen.get(snapshot.machine);
    if (frozen !== undefined) return frozen.folder;
    throw new ProvisioningError('no-snapshot', `machine ${snapshot.machine} was not frozen on this platform`);
  }

  async recall(key: string): Promise<Snapshot | 'wanted' | undefined> {
    const store = this.#store;
    if (store === undefined) return undefined;
    const name = await this.#name(key);
    const folder = await store.find(name);
    if (folder === undefined) return (await store.note(name)) ? 'wanted' : undefined;
    const machine = brandId<MachineId>(`snapshot-${name.slice(0, 12)}`);
    this.#frozen.set(machine, { folder, kept: true, remove: async () => {} });
    return { machine, kept: true };
  }

  async freeze(id: MachineId, key: string | undefined, signal: AbortSignal): Promise<Snapshot> {
    const machine = this.#need(id);
    const folder = await machine.freeze(signal);
    this.#machines.delete(id);
    const own: Frozen = { folder, kept: false, remove: () => machine.destroy() };
    this.#frozen.set(id, own);
    const kept = key === undefined ? undefined : await this.#keep(machine, folder, key);
    if (kept !== undefined) this.#frozen.set(id, { ...own, folder: kept, kept: true });
    return { machine: id };
  }

  async awaken(id: MachineId, script: string, signal: AbortSignal): Promise<void> {
    await this.#need(id).awaken(script, signal);
  }

  /** Clones that started before go on reading: files of this run stay until its end, others while they are open. */
  async discard({ machine }: Snapshot): Promise<void> {
    const frozen = this.#frozen.get(machine);
    if (frozen?.kept === true) await this.#store?.remove(frozen.folder);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#frozen.values()].map(frozen => frozen.remove()));
    this.#frozen.clear();
    await this.#store?.close();
  }

  async #keep(machine: QemuMachine, folder: string, key: string): Promise<string | undefined> {
    const { accelerator, context } = this.#site();
    const names = (await readdir(folder)).filter(name => frozenFile.test(name));
    const facts = {
      image: context.image.disk,
      qemu: (await this.#identify()).version,
      accelerator: accelerator.current,
      memoryMiB: machine.memoryMiB,
    };
    return this.#store?.keep(await this.#name(key), facts, folder, names);
  }

  async #name(key: string): Promise<string> {
    return snapshotName(this.#site(), await this.#identify(), key);
  }

  #identify(): Promise<Emulator> {
    this.#emulator ??= identifyEmulator(this.#site().qemu);
    return this.#emulator;
  }

  #need(id: MachineId): QemuMachine {
    const machine = this.#machines.get(id);
    if (machine !== undefined) return machine;
    throw new ProvisioningError('no-machine', `there is no machine ${id} on this platform`);
  }
}
