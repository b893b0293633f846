import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { availableParallelism, homedir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Finding } from '../../core/platform.ts';

const gibibyte = 2 ** 30;
/** One guest of the usual size, QEMU itself and kola. */
const leastMemory = 2 * gibibyte;
/** The reference guest's build tree and disk, and some overlays. */
const leastDisk = 6 * gibibyte;
const oldestNode = 24;

const sized = (bytes: number): string => `${(bytes / gibibyte).toFixed(1)} GiB`;

export const nodeFinding = (version = process.versions.node): Finding => {
  const fine = Number(version.split('.')[0]) >= oldestNode;
  return {
    id: 'node',
    state: fine ? 'present' : 'unusable',
    detail: `Node ${version}, ${oldestNode} or newer is needed`,
    ...(fine ? {} : { mend: 'npm ci brings the right one; start kola through npx or npm run' }),
    vital: true,
  };
};

export const memoryFinding = (available = process.availableMemory(), total = totalmem()): Finding => {
  const fine = available >= leastMemory;
  return {
    id: 'memory',
    state: fine ? 'present' : 'unusable',
    detail: `${sized(available)} of ${sized(total)} free, ${availableParallelism()} CPUs`,
    ...(fine ? {} : { mend: `free memory until ${sized(leastMemory)} are available` }),
    vital: true,
  };
};

/** Room and permission where kola writes. */
export const folderFindings = (cwd: string, env: NodeJS.ProcessEnv = process.env): readonly Finding[] => [
  folderFinding('output-folder', join(cwd, '_kola_temp'), 1 * gibibyte),
  folderFinding('cache-folder', join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kola'), leastDisk),
  folderFinding(
    'state-folder',
    join(env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'kola'),
    1 * gibibyte,
  ),
];

const folderFinding = (id: string, folder: string, least: number): Finding => {
  const existing = nearestExisting(folder);
  if (!mayWrite(existing))
    return {
      id,
      state: 'unusable',
      detail: `${existing} cannot be written`,
      mend: 'change its owner',
      vital: true,
    };
  const { bavail, bsize } = statfsSync(existing);
  const free = bavail * bsize;
  const fine = free >= least;
  return {
    id,
    state: fine ? 'present' : 'unusable',
    detail: `${folder}: ${sized(free)} free`,
    ...(fine ? {} : { mend: `free ${sized(least - free)}` }),
    vital: true,
  };
};

const nearestExisting = (folder: string): string =>
  existsSync(folder) ? folder : nearestExisting(dirname(folder));

const mayWrite = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};
