/** `image.json`: what the harness must know about an image, so that nothing in it asks whether an image is the reference guest. */
import type { ImageManifest } from '../../core/image.ts';
import { type Arch, archFacts } from './arch.ts';

export const IMITATES = '4799.0.0';
export const REFERENCE_VERSION = '0.1.0';

/** Lies beside the disk: the same system again, for the other slot. */
export const UPDATE_PAYLOAD = 'update.tar';

/** Capabilities that a program of ours provides, because Debian has none that does it. */
const STAND_INS = ['update-engine'];

export function versionOf(recipe: string): string {
  return `${REFERENCE_VERSION}+${recipe.slice(0, 12)}`;
}

export function referenceManifest(input: {
  readonly arch: Arch;
  readonly recipe: string;
  readonly sha256: string;
  readonly provides: readonly string[];
}): ImageManifest {
  const facts = archFacts(input.arch);
  return {
    schema: 1,
    name: 'reference',
    kind: 'reference',
    title: 'kola reference guest (not Flatcar)',
    version: versionOf(input.recipe),
    imitates: IMITATES,
    // Results on it are filed apart: they say nothing about any channel of Flatcar's.
    channel: 'reference',
    arch: input.arch,
    disk: { file: 'disk.img', format: 'raw', sha256: input.sha256 },
    osRelease: { id: 'kola-reference' },
    selinux: {
      policy: 'none',
      enforcing: false,
      ...(input.provides.includes('selinux') ? { kernelArguments: ['security=selinux'] } : {}),
    },
    provides: [...input.provides],
    standIns: STAND_INS.filter(name => input.provides.includes(name)),
    updatePayload: { file: UPDATE_PAYLOAD },
    userData: ['ignition-3.0', 'ignition-3.1', 'ignition-3.2', 'ignition-3.3'],
    usrHash: { where: 'esp-file', path: '/flatcar/usr-a.cfg' },
    bootLog: { console: facts.console, kernel: true, systemd: true },
    firmware: [...facts.firmware],
    builtFrom: { recipe: input.recipe, debian: '12' },
  };
}
