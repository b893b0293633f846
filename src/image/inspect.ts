import { type FileHandle, open } from 'node:fs/promises';
import { UsageError } from '../core/errors.ts';
import type { Arch } from '../core/target.ts';
import { detectForm, hasBootSignature } from './detect.ts';
import { type DiskReader, rawReader } from './disk-reader.ts';
import { listFatFolder } from './fat.ts';
import { gptBytes, type Partition, readGpt, sectorBytes } from './gpt.ts';
import { BadQcow2, qcow2Reader } from './qcow2.ts';

/** What can be seen of a bootable disk without booting it. */
export interface DiskFacts {
  readonly format: 'raw' | 'qcow2';
  /** Bytes the guest sees. */
  readonly size: number;
  /** Empty when the disk has a boot sector but no GUID partition table. */
  readonly partitions: readonly Partition[];
  /** Where the disk itself says it; undefined when it does not. */
  readonly arch: Arch | undefined;
  /** Upper-case names in `/flatcar` of the EFI system partition. */
  readonly espFlatcar: readonly string[];
}

const efiSystemType = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b';

/** Discoverable Partitions Specification: type GUIDs of root and /usr that name an architecture. */
const archOfType: Readonly<Record<string, Arch>> = {
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709': 'amd64',
  '8484680c-9521-48c6-9c11-b0720656f69e': 'amd64',
  'b921b045-1df0-41c3-af44-4c6f280d3fae': 'arm64',
  'b0e01050-ee5f-4509-949a-9101b17156e9': 'arm64',
};

const archOfLoader: Readonly<Record<string, Arch>> = { 'BOOTX64.EFI': 'amd64', 'BOOTAA64.EFI': 'arm64' };

/**
 * Looks at an uncompressed disk image and refuses, with a UsageError that says what was found, everything that
 * cannot boot: a truncated file, another format, a disk without partition table and boot sector.
 */
export const inspectDisk = async (path: string): Promise<DiskFacts> => {
  await using file = await open(path, 'r');
  const { format, disk } = await openDisk(file, path);
  const start = await disk.read(0, gptBytes);
  const gpt = readGpt(start);
  if (gpt === undefined && !hasBootSignature(start)) throw cannotBoot(path);
  if (gpt !== undefined && (gpt.backup + 1) * sectorBytes > disk.size)
    throw cutShort(path, disk.size, gpt.backup);
  const partitions = gpt?.partitions ?? [];
  const esp = await readEsp(disk, partitions);
  return {
    format,
    size: disk.size,
    partitions,
    arch: tellArch(partitions, esp.loaders),
    espFlatcar: esp.flatcar,
  };
};

const openDisk = async (
  file: FileHandle,
  path: string,
): Promise<{ readonly format: 'raw' | 'qcow2'; readonly disk: DiskReader }> => {
  const raw = await rawReader(file);
  const form = detectForm(await raw.read(0, 1024));
  if (form === 'raw') return { format: 'raw', disk: raw };
  if (form !== 'qcow2') {
    const found = typeof form === 'string' ? `a ${form} archive` : form.foreign;
    throw new UsageError('image-foreign', `${path} is ${found}, not a disk image`, {
      hint: 'give a raw or qcow2 disk image, or one of them packed with bzip2, gzip or zip',
    });
  }
  try {
    return { format: 'qcow2', disk: await qcow2Reader(file) };
  } catch (error) {
    if (!(error instanceof BadQcow2)) throw error;
    throw new UsageError('image-damaged', `${path} ${error.message}`, {
      hint: 'fetch or make the image again; `qemu-img convert -O qcow2` makes one file of an overlay',
      cause: error,
    });
  }
};

const cannotBoot = (path: string): UsageError =>
  new UsageError('image-not-bootable', `${path} has neither a GUID partition table nor a boot sector`, {
    hint: 'give a whole disk image, such as flatcar_production_image.bin.bz2 or flatcar_production_qemu_image.img',
  });

const cutShort = (path: string, size: number, backup: number): UsageError =>
  new UsageError(
    'image-damaged',
    `${path} is truncated: its partition table says ${(backup + 1) * sectorBytes} bytes, found ${size}`,
    { hint: 'fetch or make the image again' },
  );

const readEsp = async (
  disk: DiskReader,
  partitions: readonly Partition[],
): Promise<{ readonly loaders: readonly string[]; readonly flatcar: readonly string[] }> => {
  const esp = partitions.find(partition => partition.type === efiSystemType);
  if (esp === undefined) return { loaders: [], flatcar: [] };
  const start = esp.first * sectorBytes;
  const loaders = (await listFatFolder(disk, start, ['EFI', 'BOOT'])) ?? [];
  const flatcar = (await listFatFolder(disk, start, ['flatcar'])) ?? [];
  return { loaders, flatcar };
};

/** Undefined when nothing is said, or both are. */
const tellArch = (partitions: readonly Partition[], loaders: readonly string[]): Arch | undefined => {
  const said = new Set(
    [
      ...partitions.map(partition => archOfType[partition.type]),
      ...loaders.map(loader => archOfLoader[loader]),
    ].filter(arch => arch !== undefined),
  );
  const [only] = said;
  return said.size === 1 ? only : undefined;
};
