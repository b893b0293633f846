import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ScenarioError } from '../../src/core/errors.ts';
import type { FlightContext, MachineSpec } from '../../src/core/platform.ts';
import type { AcceleratorChoice } from './accelerator.ts';
import type { DiskPlan, MachinePlan } from './command-line.ts';
import { configDrive } from './config-drive.ts';
import { createEmptyDisk, createOverlay, mib } from './disk-image.ts';
import { type FirmwareFiles, installFirmware } from './firmware.ts';
import { copyConsole, memoryFile } from './freeze.ts';
import { folderMark, resourceKinds, userMac } from './identity.ts';
import type { Networks } from './networks.ts';
import type { Ownership } from './ownership.ts';
import { privateIdentity } from './private-network.ts';
import type { RunningProcess } from './process.ts';
import { awaitTpm, startTpm, tpmSocketName } from './swtpm.ts';

/** What all machines of a flight have in common. */
export interface Site {
  readonly context: FlightContext;
  /** Absolute path of QEMU. */
  readonly qemu: string;
  readonly baseBytes: number;
  readonly growBytes: number;
  readonly tpm: boolean;
  readonly vnc: string | undefined;
  readonly accelerator: AcceleratorChoice;
  readonly networks: Networks;
  readonly firmware: (wish: string | undefined) => Promise<FirmwareFiles>;
}

/** One machine that is being made. */
export interface Draft {
  readonly site: Site;
  readonly spec: MachineSpec;
  /** Where everything of the machine lies but its evidence. */
  readonly folder: string;
  readonly marker: string;
  readonly consoleFile: string;
  /** Folder of the frozen machine that this one is a clone of. */
  readonly frozen?: string;
  readonly owned: Ownership;
}

/** What QEMU is told, but for what changes between starts. */
export type Prepared = Omit<MachinePlan, 'accelerator' | 'sshPort' | 'qmpFd' | 'lineFd'>;

/** The machine's place on the network of its cluster, among the things it owns. */
export const networkName = 'network';
const ignitionName = 'config.ign';
const primaryDisk = 'primary.qcow2';
/** virtio-blk hands 20 bytes of a serial number to the guest. */
const serialBytes = 20;

/** Makes everything a machine needs before it can be powered on. What it made is in `owned`, also when it throws. */
export const prepareMachine = async (draft: Draft, signal: AbortSignal): Promise<Prepared> => {
  const { site, spec, folder, marker, consoleFile, owned } = draft;
  const { cluster, size, userData } = spec;
  const files = await site.firmware(spec.firmware);
  await makeFolder(draft);
  if (draft.frozen === undefined) await writeFile(consoleFile, '', { flag: 'a' });
  else await copyConsole(draft.frozen, consoleFile);
  const disks = await makeDisks(draft, signal);
  const firmware = await installFirmware(files, folder);
  // A clone has been configured already; it is given its own all the same, to have the devices of its template.
  const ignitionFile =
    userData.channel === 'ignition' ? await put(draft, ignitionName, userData.text) : undefined;
  const memory = memoryOf(draft);
  const tpmSocket = wantsTpm(draft) ? await makeTpm(draft, signal) : undefined;
  const network = await site.networks.join(cluster.id, signal);
  owned.hold(networkName, network.leave);
  signal.throwIfAborted();
  return {
    arch: site.context.arch,
    marker,
    memoryMiB: size.memoryMiB,
    vcpus: size.vcpus,
    ...(size.threadsPerCore === undefined ? {} : { threadsPerCore: size.threadsPerCore }),
    firmware,
    disks,
    consoleFile,
    userMac: userMac(cluster.index),
    privateCard: { mac: privateIdentity(cluster.index).mac, port: network.port },
    ...(ignitionFile === undefined ? {} : { ignitionFile }),
    ...(memory === undefined ? {} : { memory }),
    ...(tpmSocket === undefined ? {} : { tpmSocket }),
    ...(site.vnc === undefined ? {} : { vnc: site.vnc }),
  };
};

const memoryOf = ({ frozen, folder, spec }: Draft): MachinePlan['memory'] => {
  if (frozen !== undefined) return { file: join(frozen, memoryFile), clone: true };
  return spec.freezable === true ? { file: join(folder, memoryFile), clone: false } : undefined;
};

const makeFolder = async ({ folder, marker, owned }: Draft): Promise<void> => {
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const create = async () => {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(join(folder, folderMark), `${marker}\n`);
      return { id: folder, value: folder };
    } catch (error) {
      await remove();
      throw error;
    }
  };
  await owned.own({ kind: resourceKinds.folder, name: folder }, create, remove);
};

/** User-data holds private keys: only the owner may read it. Returns the name, which is relative for QEMU. */
const put = async ({ folder }: Draft, name: string, content: string | Buffer): Promise<string> => {
  await writeFile(join(folder, name), content, { mode: 0o600 });
  return name;
};

const makeDisks = async (draft: Draft, signal: AbortSignal): Promise<readonly DiskPlan[]> => {
  const { userData, id, metadataKey, disks: wanted } = draft.spec;
  await makePrimaryDisk(draft, signal);
  const disks: DiskPlan[] = [{ file: primaryDisk, format: 'qcow2', serial: 'primary-disk' }];
  for (const [index, { serial, sizeMiB }] of wanted.entries()) {
    if (Buffer.byteLength(serial) > serialBytes)
      throw new ScenarioError(
        'disk-serial',
        `expected a disk serial of at most ${serialBytes} bytes, found ${serial}`,
      );
    const file = `extra-${index}.qcow2`;
    await makeExtraDisk(draft, file, sizeMiB * mib, signal);
    disks.push({ file, format: 'qcow2', serial });
  }
  if (userData.channel === 'cloudinit') {
    const file = await put(draft, 'config-drive.iso', configDrive(userData.text, id, metadataKey));
    disks.push({ file, format: 'raw', serial: 'config-drive', readOnly: true });
  }
  return disks;
};

/** A clone's disk has on it what its template wrote. */
const makeExtraDisk = async (
  { folder, frozen }: Draft,
  name: string,
  size: number,
  signal: AbortSignal,
): Promise<void> => {
  const file = join(folder, name);
  if (frozen === undefined) await createEmptyDisk(file, size, signal);
  else await createOverlay({ file, base: { disk: join(frozen, name), format: 'qcow2' }, size }, signal);
};

const makePrimaryDisk = async ({ site, spec, folder, frozen }: Draft, signal: AbortSignal): Promise<void> => {
  const size = site.baseBytes + site.growBytes + spec.primaryDiskExtraMiB * mib;
  const base =
    frozen === undefined ? site.context.image : { disk: join(frozen, primaryDisk), format: 'qcow2' };
  await createOverlay({ file: join(folder, primaryDisk), base, size }, signal);
};

/** Makes what an earlier start used up: the guest may have written to its disk, and the TPM ended with QEMU. */
export const renewMachine = async (draft: Draft, signal: AbortSignal): Promise<void> => {
  await makePrimaryDisk(draft, signal);
  if (!wantsTpm(draft)) return;
  await draft.owned.drop(tpmMarker(draft));
  await rm(join(draft.folder, tpmSocketName(tpmMarker(draft))), { force: true });
  await makeTpm(draft, signal);
};

const wantsTpm = ({ site, spec }: Draft): boolean => spec.tpm || site.tpm;
const tpmMarker = ({ marker }: Draft): string => `${marker}-tpm`;

const makeTpm = async (draft: Draft, signal: AbortSignal): Promise<string> => {
  const { site, folder } = draft;
  const marker = tpmMarker(draft);
  const tpm = await ownProcess(draft.owned, marker, () =>
    startTpm({ folder, marker, keep: site.context.keep === true }),
  );
  await awaitTpm(tpm, folder, marker, signal);
  return tpmSocketName(marker);
};

/** Starts a process that a later run can find again by its marker, its id and its start time. */
export const ownProcess = (
  owned: Ownership,
  marker: string,
  start: () => Promise<RunningProcess>,
): Promise<RunningProcess> =>
  owned.own(
    { kind: resourceKinds.process, name: marker },
    async () => {
      const process = await start();
      const { pid, startTime } = process.identity;
      return { id: String(pid), value: process, detail: { startTime } };
    },
    process => process.kill(),
  );
