import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Finding } from '../../core/platform.ts';
import { cacheRoot, stateRoot } from '../kola-folders.ts';

const gibibyte = 2 ** 30;
/** Logs and reports; disks of machines lie in the state folder. */
const leastOutput = 1 * gibibyte;
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

/** Permission to write where kola does, and room for reports; the platforms look at room for machines. */
export const folderFindings = (
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly Finding[] => [
  folderFinding('output-folder', join(cwd, '_kola_temp'), leastOutput),
  folderFinding('cache-folder', cacheRoot(env), 0),
  folderFinding('state-folder', stateRoot(env), 0),
];

const folderFinding = (id: string, folder: string, least: number): Finding => {
  const existing = nearestExisting(folder);
  if (!mayWrite(existing))
    return {
      id,
      state: 'unusable',
      detail: `${existing} cannot be written`,
      mend: 'change its owner or permissions',
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
