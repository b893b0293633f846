import { readFileSync } from 'node:fs';

/**
 * A process that can be recognised later: a pid alone may have been given to somebody else meanwhile, the
 * time it was started at (clock ticks since boot, field 22 of proc_pid_stat(5)) tells them apart.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** Undefined when there is no such process (any more). */
export const identifyProcess = (pid: number): ProcessIdentity | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    return startTime === undefined || state === 'Z' ? undefined : { pid, startTime };
  } catch {
    return undefined;
  }
};

export const isAlive = (identity: ProcessIdentity): boolean =>
  identifyProcess(identity.pid)?.startTime === identity.startTime;
