import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
export const launcher = fileURLToPath(new URL('../../bin/kola.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CallOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Runs the launcher; default this process's own Node 24. */
  readonly node?: string;
}

/** Starts the program without a terminal. The caller's own KOLA_… variables do not count. */
export const startKola = (args: readonly string[], options: CallOptions = {}): ChildProcess => {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('KOLA_'));
  const child = spawn(options.node ?? process.execPath, [launcher, ...args], {
    cwd: options.cwd ?? packageFolder,
    env: { ...Object.fromEntries(own), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => {});
  if (options.input !== undefined) child.stdin?.end(options.input);
  return child;
};

export const ended = async (child: ChildProcess): Promise<Ended> => {
  const { promise, resolve, reject } = Promise.withResolvers<Pick<Ended, 'code' | 'signal'>>();
  child.once('error', reject);
  child.once('exit', (code, signal) => resolve({ code, signal }));
  const [how, stdout, stderr] = await Promise.all([promise, text(child.stdout!), text(child.stderr!)]);
  return { ...how, stdout, stderr };
};

/** Runs the program to its end with nothing on standard input. */
export const kola = (args: readonly string[], options: CallOptions = {}): Promise<Ended> =>
  ended(startKola(args, { input: '', ...options }));

/** Every Node to start the launcher with: our own, and the machine's, which is older in CI. */
export const nodes = (): readonly string[] => {
  const places = (process.env.PATH ?? '').split(':').filter(folder => !folder.includes('node_modules'));
  const system = places.map(folder => join(folder, 'node')).find(path => existsSync(path));
  return system === undefined ? [process.execPath] : [process.execPath, system];
};
