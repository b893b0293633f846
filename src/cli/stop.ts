import { readdirSync, readFileSync } from 'node:fs';
import { InterruptedError } from '../core/errors.ts';
import { exitCode } from '../core/outcome.ts';
import type { Terminal } from './terminal.ts';

/**
 * One Ctrl-C arrives several times: the terminal sends it to the whole process group, and npm and the launcher
 * pass it on. Copies within this many milliseconds count as one.
 */
const oneKeystroke = 1000;
/** Milliseconds that an orderly stop may take before it is cut short; the contract is 30 s. */
const patience = 28_000;

export interface StopRequest extends Disposable {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
}

/** Turns signals into an orderly stop; the second signal ends the process at once with exit code 5. */
export const listenForStop = (terminal: Pick<Terminal, 'err'>): StopRequest => {
  const controller = new AbortController();
  let first: number | undefined;
  const stop = (name: NodeJS.Signals): void => {
    if (first === undefined) {
      first = performance.now();
      terminal.err(`kola: stopping after ${name}; once more to stop at once`);
      setTimeout(() => endAtOnce(terminal, 'the orderly stop took too long'), patience).unref();
      controller.abort(new InterruptedError(`the run was interrupted by ${name}`));
    } else if (performance.now() - first > oneKeystroke) endAtOnce(terminal, `second ${name}`);
  };
  const names: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const name of names) process.on(name, stop);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, stop);
    },
  };
};

const endAtOnce = (terminal: Pick<Terminal, 'err'>, why: string): never => {
  terminal.err(`kola: ending at once (${why}); the next run removes what is left`);
  for (const pid of descendants(process.pid)) kill(pid);
  process.exit(exitCode.interrupted);
};

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
};

/** Child processes and theirs, from /proc; empty where there is none. */
const descendants = (pid: number): readonly number[] => {
  const children = tasks(pid).flatMap(task => {
    const text = read(`/proc/${pid}/task/${task}/children`);
    return text.split(' ').map(Number).filter(Number.isSafeInteger).filter(Boolean);
  });
  return children.flatMap(child => [...descendants(child), child]);
};

const tasks = (pid: number): readonly string[] => {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
};

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
