import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { capabilities } from '../core/capability.ts';
import type { ImageManifest, UserDataKind } from '../core/image.ts';
import type { Arch } from '../core/target.ts';
import type { DiskFacts } from './inspect.ts';

const usrSlots: Readonly<Record<string, string>> = {
  'USR-A': '7130c94a-213a-4e5a-8e26-6cce9662f132',
  'USR-B': 'e03dd35c-7c2d-4a47-b3fe-27f15780a57c',
};

/** A file that only kola's reference guest keeps on its EFI system partition. */
const referenceMark = 'USR-A.CFG';

/**
 * Whether a disk is plainly Flatcar: labels, the two fixed partition UUIDs, and no mark of the reference guest,
 * which has both. The guest's os-release is compared at boot all the same.
 */
export const isPlainlyFlatcar = (facts: Pick<DiskFacts, 'partitions' | 'espFlatcar'>): boolean => {
  const labelled = new Map(facts.partitions.map(partition => [partition.label, partition] as const));
  const slots = Object.entries(usrSlots).every(([label, uuid]) => labelled.get(label)?.uuid === uuid);
  const rest = ['EFI-SYSTEM', 'OEM', 'ROOT'].every(label => labelled.has(label));
  return slots && rest && !facts.espFlatcar.includes(referenceMark);
};

/** What spares other images a download that Flatcar does. */
const notOnFlatcar: readonly string[] = ['etcd-program', 'iscsi-target'];

/** A current Flatcar release brings all else that scenarios can need; their version windows say the rest. */
const provides: readonly string[] = Object.keys(capabilities).filter(name => !notOnFlatcar.includes(name));

const userData: readonly UserDataKind[] = [
  'ignition-1',
  'ignition-2.0',
  'ignition-2.1',
  'ignition-2.2',
  'ignition-2.3',
  'ignition-3.0',
  'ignition-3.1',
  'ignition-3.2',
  'ignition-3.3',
  'cloud-config',
  'script',
  'multipart',
];

export interface GuessInput {
  readonly disk: string;
  readonly facts: DiskFacts;
  readonly arch: Arch;
  readonly version: string | undefined;
  readonly channel: string | undefined;
  readonly digest: string;
}

/** What a Flatcar release brings, whichever file it lies in. */
export const flatcarManifest = (of: {
  readonly arch: Arch;
  readonly version: string;
  readonly channel: string | undefined;
}): ImageManifest => ({
  schema: 1,
  name: 'flatcar',
  kind: 'flatcar',
  title: `Flatcar Container Linux ${of.version}`,
  version: of.version,
  ...(of.channel === undefined ? {} : { channel: of.channel }),
  arch: of.arch,
  disk: { file: '', format: 'raw', sha256: '' },
  osRelease: { id: 'flatcar' },
  // Flatcar ships a policy and starts permissive; scenarios switch to enforcing.
  selinux: { policy: 'targeted', enforcing: false },
  provides: [...provides],
  userData: [...userData],
  usrHash: { where: 'kernel', offset: of.arch === 'amd64' ? 64 : 512 },
  // A release image logs to the serial port only when its OEM partition says so, which is not looked at.
  bootLog: { console: null, kernel: false, systemd: false },
  firmware: of.arch === 'amd64' ? ['bios', 'uefi'] : ['uefi'],
});

/** A manifest for a disk that came without one. */
export const guessManifest = (input: GuessInput): ImageManifest => {
  const { arch, channel, version = 'unknown' } = input;
  const name = input.disk.slice(dirname(input.disk).length).replace(/^\/+/, '');
  const disk = { file: name, format: input.facts.format, sha256: input.digest.replace('sha256:', '') };
  const flatcar = { ...flatcarManifest({ arch, version, channel }), disk };
  if (isPlainlyFlatcar(input.facts)) return flatcar;
  return { ...flatcar, name, kind: 'custom', title: `custom image ${name}` };
};

/** `FLATCAR_VERSION` of the `version.txt` that lies beside every release image. */
export const versionBeside = async (disk: string): Promise<string | undefined> => {
  const text = await readFile(join(dirname(disk), 'version.txt'), 'utf8').catch(() => '');
  return /^FLATCAR_VERSION=["']?([^"'\s]+)/m.exec(text)?.[1];
};
