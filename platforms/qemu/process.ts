import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { identifyProcess, type ProcessIdentity } from '../../src/core/process-identity.ts';
import { findProgram } from './programs.ts';

/** How a process ended; one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child with a process group of its own: a Ctrl-C on the terminal is for kola, which takes it down in order. */
export interface RunningProcess {
  readonly identity: ProcessIdentity;
  /** The last lines it wrote to standard error. */
  complaint(): string;
  /** Calls back with each piece of standard error. */
  onComplaint(listener: (text: string) => void): void;
  readonly exited: Promise<Exit>;
  /** A socket that the child finds as descriptor {@link channelFd}. */
  readonly channel: Duplex;
  /** Another one, which it finds as descriptor {@link lineFd}. */
  readonly line: Duplex;
  /** Kills it and waits until it is gone; fine when it is. */
  kill(): Promise<void>;
  /** Kola may end while it runs on. */
  letGo(): void;
}

export interface ProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The child is to live on when kola ends. */
  readonly keep: boolean;
}

/** The first descriptor behind the standard ones. */
export const channelFd = 3;
export const lineFd = 4;

const complaintLength = 4000;
/** Milliseconds to wait for output after the end of a process. */
const lastWords = 250;

export const startProcess = async (options: ProcessOptions): Promise<RunningProcess> => {
  const [program, args] = await withParentDeath(options);
  const child = spawn(program, args, {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  return watch(child);
};

/**
 * A child whose parent was killed with SIGKILL would run on for ever. The kernel can be asked to end it with its
 * parent (`PR_SET_PDEATHSIG`); setpriv(1) does that and becomes the program, under the same process id. Where
 * there is no setpriv, the ledger is what remains.
 */
const withParentDeath = async ({ program, args, keep }: ProcessOptions): Promise<[string, string[]]> => {
  const setpriv = keep ? undefined : await findProgram('setpriv');
  return setpriv === undefined
    ? [program, [...args]]
    : [setpriv, ['--pdeathsig', 'KILL', '--', program, ...args]];
};

const watch = (child: ChildProcess): RunningProcess => {
  const [channel, line] = [child.stdio[channelFd], child.stdio[lineFd]];
  if (child.pid === undefined || child.stderr === null || !isDuplex(channel) || !isDuplex(line))
    throw new TypeError('a child process without pid or pipes');
  const { pid, stderr } = child;
  const exit = Promise.withResolvers<Exit>();
  child.once('exit', (code, signal) => {
    // Its last words are still in the pipe; whoever inherited the pipe may not hold us up for them.
    const done = (): void => exit.resolve({ code, signal });
    if (stderr.closed) return done();
    const timer = setTimeout(done, lastWords);
    stderr.once('close', () => {
      clearTimeout(timer);
      done();
    });
  });
  for (const pipe of [channel, line]) pipe.on('error', () => {});
  let said = '';
  const listeners: ((text: string) => void)[] = [];
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-complaintLength);
    for (const listener of listeners) listener(text);
  });
  stderr.on('error', () => {});
  return {
    // A process that is gone already has no start time, and cannot be mistaken for anybody either.
    identity: identifyProcess(pid) ?? { pid, startTime: '' },
    complaint: () => said.trim(),
    onComplaint: listener => {
      listeners.push(listener);
      if (said !== '') listener(said);
    },
    exited: exit.promise,
    channel,
    line,
    kill: async () => {
      child.kill('SIGKILL');
      await exit.promise;
      for (const pipe of [channel, line, stderr]) pipe.destroy();
    },
    letGo: () => {
      child.unref();
      for (const pipe of [channel, line, stderr])
        if ('unref' in pipe && typeof pipe.unref === 'function') pipe.unref();
    },
  };
};

const isDuplex = (stream: unknown): stream is Duplex =>
  typeof stream === 'object' && stream !== null && 'write' in stream && 'read' in stream;

/** `was killed by SIGKILL`, `ended with exit code 1`. */
export const describeExit = ({ code, signal }: Exit): string =>
  signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
