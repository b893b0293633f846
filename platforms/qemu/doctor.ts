import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Finding, ProbeFolders } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import { type HostFacts, kvmObstacle, readHostFacts } from './accelerator.ts';
import { mib } from './disk-image.ts';
import { findFirmware, firmwarePackage } from './firmware.ts';
import { findProgram, packageOf, qemuBinary } from './programs.ts';

/** Looks at everything QEMU machines need on this host, for `kola doctor`. Changes nothing. */
export const examineQemu = async (
  arches: readonly Arch[],
  folders: ProbeFolders,
): Promise<readonly Finding[]> => {
  const perArch = arches.flatMap(arch => [
    examineProgram(qemuBinary[arch], `boots ${arch} machines`, true),
    examineFirmware(arch),
  ]);
  return Promise.all([
    ...perArch,
    examineProgram('qemu-img', 'makes disks', true),
    examineProgram('swtpm', 'TPMs for the scenarios that want one', false),
    examineProgram('setpriv', 'ends machines together with kola', false),
    readHostFacts().then(examineKvm),
    Promise.resolve(examineMemory(process.availableMemory())),
    examineSpace('state', folders.stateDir, 8 * 1024),
    examineSpace('cache', folders.cacheDir, 6 * 1024),
  ]);
};

const install = (name: string): string => `kola setup, or apt-get install ${name}`;

const run = promisify(execFile);

const examineProgram = async (id: string, purpose: string, vital: boolean): Promise<Finding> => {
  const mend = install(packageOf[id] ?? id);
  const path = await findProgram(id);
  if (path === undefined) return { id, state: 'missing', detail: `not found; ${purpose}`, mend, vital };
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    return { id, state: 'present', detail: `${stdout.split('\n', 1)[0]} (${path})`, vital };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error);
    return { id, state: 'unusable', detail: `${path} does not run: ${why}`, mend, vital };
  }
};

const examineFirmware = async (arch: Arch): Promise<Finding> => {
  const id = `uefi-${arch}`;
  // amd64 machines start from the BIOS that comes with QEMU unless they are told otherwise.
  const vital = arch === 'arm64';
  try {
    const found = await findFirmware({ arch, wish: 'uefi', varsFile: undefined, image: ['uefi'] });
    return { id, state: 'present', detail: found.kind === 'uefi' ? found.code.file : 'built in', vital };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { id, state: 'missing', detail, mend: install(firmwarePackage[arch]), vital };
  }
};

/** Without KVM everything works, only slower. */
export const examineKvm = (host: HostFacts): Finding => {
  const obstacle = kvmObstacle(host.arch ?? 'amd64', host);
  const found = { id: 'kvm', vital: false } as const;
  if (obstacle === undefined)
    return { ...found, state: 'present', detail: '/dev/kvm opens and the processor can virtualise' };
  const detail = `${obstacle}: machines are emulated, which is several times slower`;
  const state = host.device === 'absent' ? 'missing' : 'unusable';
  if (host.device !== 'no-permission') return { ...found, state, detail };
  return { ...found, state, detail, mend: 'sudo usermod -aG kvm "$USER", then log in again' };
};

/** One machine with the reference guest takes 1536 MiB and what QEMU adds. */
const leastMemory = 2 * 1024;

export const examineMemory = (bytes: number): Finding => {
  const free = Math.floor(bytes / mib);
  const found = { id: 'memory', vital: true } as const;
  if (free < leastMemory)
    return {
      ...found,
      state: 'unusable',
      detail: `${free} MiB free; a machine needs about ${leastMemory} MiB`,
    };
  const room = Math.floor(free / leastMemory);
  return { ...found, state: 'present', detail: `${free} MiB free, room for ${room} machines` };
};

const examineSpace = async (what: 'state' | 'cache', folder: string, least: number): Promise<Finding> => {
  const facts = await roomOf(folder);
  return spaceFinding(what, folder, Math.floor((facts.bavail * facts.bsize) / mib), least);
};

/** `free` and `least` in MiB. */
export const spaceFinding = (
  what: 'state' | 'cache',
  folder: string,
  free: number,
  least: number,
): Finding => {
  const found = { id: `space-${what}`, vital: true } as const;
  if (free >= least) return { ...found, state: 'present', detail: `${free} MiB free in ${folder}` };
  const variable = what === 'state' ? 'XDG_STATE_HOME' : 'XDG_CACHE_HOME';
  const detail = `${free} MiB free in ${folder}, ${least} MiB are wanted`;
  return { ...found, state: 'unusable', detail, mend: `export ${variable}=/a/larger/disk` };
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
