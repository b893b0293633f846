/** The disk: Flatcar's partition numbers, labels, type and partition GUIDs, and its numbers for the verified /usr. */
const MIB = 1024 * 1024;
export const SECTOR = 512;

/** Flatcar's USR data area in 4 KiB blocks; the verity tree follows and ends exactly with the partition (1 GiB). */
export const USR_DATA_BLOCKS = 260_094;
export const VERITY_BLOCK = 4096;
export const USR_HASH_OFFSET = USR_DATA_BLOCKS * VERITY_BLOCK;
export const USR_SIZE = 1024 * MIB;

/** What the first boot looks for to know that the disk still needs a GUID of its own. */
export const WELL_KNOWN_DISK_GUID = '00000000-0000-0000-0000-000000000001';

export interface Partition {
  readonly number: number;
  readonly label: string;
  readonly mib: number;
  readonly type: string;
  readonly guid?: string;
}

const LINUX_DATA = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';
const FLATCAR_USR = '5DFBF5F4-2848-4BAC-AA5E-0D9A20B745A6';

export const PARTITIONS: readonly Partition[] = [
  { number: 1, label: 'EFI-SYSTEM', mib: 256, type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B' },
  { number: 2, label: 'BIOS-BOOT', mib: 2, type: '21686148-6449-6E6F-744E-656564454649' },
  { number: 3, label: 'USR-A', mib: 1024, type: FLATCAR_USR, guid: '7130C94A-213A-4E5A-8E26-6CCE9662F132' },
  { number: 4, label: 'USR-B', mib: 1024, type: FLATCAR_USR, guid: 'E03DD35C-7C2D-4A47-B3FE-27F15780A57C' },
  { number: 6, label: 'OEM', mib: 128, type: LINUX_DATA },
  { number: 7, label: 'OEM-CONFIG', mib: 64, type: 'C95DC21A-DF0E-4340-8D7B-26CBFA9A03E0' },
  // As large as in Flatcar's smallest image: what early units write fits before ROOT is grown.
  { number: 9, label: 'ROOT', mib: 1740, type: '3884DD41-8582-4404-B9A8-E9B84F2DF50E' },
];

export interface PlacedPartition extends Partition {
  readonly firstSector: number;
  readonly sectors: number;
}

/** Partitions one after another, each on a MiB border; the first MiB holds the boot sector and the table. */
export function placePartitions(partitions: readonly Partition[] = PARTITIONS): readonly PlacedPartition[] {
  let nextMib = 1;
  return partitions.map(partition => {
    const firstSector = (nextMib * MIB) / SECTOR;
    nextMib += partition.mib;
    return { ...partition, firstSector, sectors: (partition.mib * MIB) / SECTOR };
  });
}

/** Size of the whole disk, with a last MiB for the backup table. */
export function diskBytes(partitions: readonly Partition[] = PARTITIONS): number {
  return (partitions.reduce((sum, partition) => sum + partition.mib, 0) + 2) * MIB;
}

export function partitionNumbered(number: number): PlacedPartition {
  const found = placePartitions().find(partition => partition.number === number);
  if (found === undefined) throw new Error(`the layout has no partition ${number}`);
  return found;
}

/** Arguments for one `sgdisk` call that writes the whole table. */
export function sgdiskArguments(disk: string): string[] {
  const args = ['--clear', '--set-alignment=1', `--disk-guid=${WELL_KNOWN_DISK_GUID}`];
  for (const part of placePartitions()) {
    const last = part.firstSector + part.sectors - 1;
    args.push(`--new=${part.number}:${part.firstSector}:${last}`);
    args.push(`--typecode=${part.number}:${part.type}`, `--change-name=${part.number}:${part.label}`);
    if (part.guid !== undefined) args.push(`--partition-guid=${part.number}:${part.guid}`);
  }
  return [...args, disk];
}
