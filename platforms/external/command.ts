import { type ChildProcess, spawn } from 'node:child_process';
import { CapacityError, type KolaError, ProvisioningError } from '../../src/core/errors.ts';
import type { MachineRequest, ProvisionRequest } from './messages.ts';

/** EX_TEMPFAIL of sysexits.h: there is no room now. */
const noRoom = 75;

/** Characters of an output that are kept. */
const mostText = 1 << 20;

/** A command of the user's own, in a process group of its own so that all of it can be ended. */
export interface Running {
  readonly text: () => string;
  /** Ends it with all that it started. Fine to call twice. */
  end(): void;
  /** Resolves when it has ended, whichever way. */
  readonly ended: Promise<{ readonly code: number | null; readonly complaint: string }>;
}

/** Starts a shell command with `request` on its standard input. */
export const start = (command: string, request: ProvisionRequest | MachineRequest): Running => {
  const child = spawn('/bin/sh', ['-c', command], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let text = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-mostText);
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    complaint = (complaint + piece).slice(-4000);
  });
  // A command need not read what it is told.
  child.stdin.on('error', () => {});
  child.stdin.end(`${JSON.stringify(request)}\n`);
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; complaint: string }>();
  child.once('error', error => resolve({ code: null, complaint: error.message }));
  child.once('close', code => resolve({ code, complaint }));
  return { text: () => text, end: () => endGroup(child), ended: promise };
};

const endGroup = (child: ChildProcess): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
};

/** Runs a command to its end and returns what it printed. */
export const finish = async (
  command: string,
  request: ProvisionRequest | MachineRequest,
  signal: AbortSignal,
): Promise<string> => {
  signal.throwIfAborted();
  const running = start(command, request);
  signal.addEventListener('abort', running.end, { once: true });
  try {
    const { code, complaint } = await running.ended;
    signal.throwIfAborted();
    if (code !== 0) throw failure(request.action, code, complaint);
    return running.text();
  } finally {
    signal.removeEventListener('abort', running.end);
  }
};

const failure = (action: string, code: number | null, complaint: string): KolaError => {
  const said = complaint.trim().split('\n').at(-1) ?? '';
  const line = `the ${action} command ended with ${code ?? 'a signal'}: ${said === '' ? 'it said nothing' : said}`;
  return code === noRoom
    ? new CapacityError('external-capacity', line)
    : new ProvisioningError('external-command', line);
};
