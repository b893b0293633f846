import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Arch } from '../../src/core/target.ts';
import { kvmObstacle, readHostFacts } from './accelerator.ts';
import { mib } from './disk-image.ts';
import { findFirmware } from './firmware.ts';
import { findProgram, packageOf, qemuBinary } from './programs.ts';

/** One thing that `kola doctor` looks at. */
export interface Finding {
  readonly name: string;
  /** `missing` and `unusable` keep something from working; a `note` is good to know. */
  readonly state: 'ok' | 'missing' | 'unusable' | 'note';
  readonly detail: string;
  /** What mends it: packages of Debian, or a command line. */
  readonly mend?: { readonly packages: readonly string[] } | { readonly command: string };
}

export interface DoctorOptions {
  readonly arches: readonly Arch[];
  /** Where overlays and images lie; their disks are asked for room. */
  readonly stateDir: string;
  readonly cacheDir: string;
}

/** Looks at everything QEMU machines need on this host. Changes nothing. */
export const examineQemu = async (options: DoctorOptions): Promise<readonly Finding[]> => {
  const perArch = options.arches.flatMap(arch => [
    examineProgram(qemuBinary[arch], `boots ${arch} machines`),
    examineFirmware(arch),
  ]);
  return Promise.all([
    ...perArch,
    examineProgram('qemu-img', 'makes disks'),
    examineProgram('swtpm', 'TPMs for the scenarios that want one'),
    examineProgram('setpriv', 'ends machines together with kola'),
    examineKvm(),
    Promise.resolve(examineMemory(process.availableMemory())),
    examineSpace('state', options.stateDir, 8 * 1024),
    examineSpace('cache', options.cacheDir, 6 * 1024),
  ]);
};

const run = promisify(execFile);

const examineProgram = async (name: string, purpose: string): Promise<Finding> => {
  const path = await findProgram(name);
  if (path === undefined)
    return {
      name,
      state: 'missing',
      detail: `not found; ${purpose}`,
      mend: { packages: [packageOf[name] ?? name] },
    };
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    return { name, state: 'ok', detail: `${stdout.split('\n', 1)[0]} (${path})` };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error);
    return {
      name,
      state: 'unusable',
      detail: `${path} does not run: ${why}`,
      mend: { packages: [packageOf[name] ?? name] },
    };
  }
};

const examineFirmware = async (arch: Arch): Promise<Finding> => {
  const name = `uefi-${arch}`;
  try {
    const found = await findFirmware({ arch, wish: 'uefi', varsFile: undefined, image: ['uefi'] });
    return { name, state: 'ok', detail: found.kind === 'uefi' ? found.code.file : 'built in' };
  } catch (error) {
    const packages = [arch === 'amd64' ? 'ovmf' : 'qemu-efi-aarch64'];
    return {
      name,
      state: 'missing',
      detail: error instanceof Error ? error.message : String(error),
      mend: { packages },
    };
  }
};

/** Without KVM everything works, only slower: never worse than a note. */
const examineKvm = async (): Promise<Finding> => {
  const host = await readHostFacts();
  const obstacle = kvmObstacle(host.arch ?? 'amd64', host);
  if (obstacle === undefined)
    return { name: 'kvm', state: 'ok', detail: '/dev/kvm opens and the processor can virtualise' };
  const detail = `${obstacle}: machines are emulated, about six times slower`;
  if (host.device === 'no-permission')
    return {
      name: 'kvm',
      state: 'note',
      detail,
      mend: { command: 'sudo usermod -aG kvm "$USER"   # then log in again' },
    };
  return { name: 'kvm', state: 'note', detail };
};

/** One machine with the reference guest takes 1536 MiB and what QEMU adds. */
const leastMemory = 2 * 1024;

export const examineMemory = (bytes: number): Finding => {
  const free = Math.floor(bytes / mib);
  if (free < leastMemory)
    return {
      name: 'memory',
      state: 'unusable',
      detail: `${free} MiB free; a machine needs about ${leastMemory} MiB`,
    };
  return {
    name: 'memory',
    state: 'ok',
    detail: `${free} MiB free, room for ${Math.floor(free / leastMemory)} machines`,
  };
};

const examineSpace = async (what: string, folder: string, least: number): Promise<Finding> => {
  const name = `space-${what}`;
  const facts = await roomOf(folder);
  const free = Math.floor((facts.bavail * facts.bsize) / mib);
  if (free >= least) return { name, state: 'ok', detail: `${free} MiB free in ${folder}` };
  const variable = what === 'state' ? 'XDG_STATE_HOME' : 'XDG_CACHE_HOME';
  return {
    name,
    state: 'unusable',
    detail: `${free} MiB free in ${folder}, ${least} MiB are wanted`,
    mend: { command: `export ${variable}=/a/larger/disk` },
  };
};

/** The folder may not be there yet: its nearest ancestor is on the same disk. */
const roomOf = async (folder: string): Promise<{ readonly bavail: number; readonly bsize: number }> => {
  try {
    return await statfs(folder);
  } catch (error) {
    const parent = dirname(folder);
    if (parent === folder) throw error;
    return roomOf(parent);
  }
};
