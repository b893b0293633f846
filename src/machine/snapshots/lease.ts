import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { identifyProcess, isAlive } from '../../core/process-identity.ts';

const leaseFolder = 'leases';

/** Says that this process reads from a folder. What it returns ends that; it is told when the folder was renamed. */
export const holdLease = async (folder: string): Promise<(folder: string) => Promise<void>> => {
  const { pid, startTime } = identifyProcess(process.pid) ?? { pid: process.pid, startTime: '' };
  const leases = join(folder, leaseFolder);
  await mkdir(leases, { recursive: true, mode: 0o700 });
  const name = `${pid}.${startTime}.${randomUUID()}`;
  await writeFile(join(leases, name), '');
  return now => rm(join(now, leaseFolder, name), { force: true });
};

/** Whether a process that is alive holds a folder. A lease of a dead one counts for nothing. */
export const isLeased = async (folder: string): Promise<boolean> => {
  const names = await readdir(join(folder, leaseFolder)).catch(() => []);
  return names.some(name => {
    const [pid = '', startTime = ''] = name.split('.');
    return isAlive({ pid: Number(pid), startTime });
  });
};
