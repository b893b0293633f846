import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { ProvisioningError } from '../../src/core/errors.ts';

const lineSchema = z.union([
  z.object({ QMP: z.object({}).loose() }),
  z.object({ return: z.unknown(), id: z.number().optional() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.number().optional() }),
  z.object({ event: z.string(), data: z.record(z.string(), z.unknown()).optional() }),
]);

export interface QmpEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Milliseconds that QEMU may take to answer; it answers within a few unless the host is drowning. */
const answerLimit = 30_000;

/** A client of QEMU's machine protocol, on a connected stream. */
export class QmpClient {
  readonly #stream: Duplex;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners: ((event: QmpEvent) => void)[] = [];
  readonly #greeted = Promise.withResolvers<void>();
  #closed: Error | undefined;
  #rest = '';
  #next = 1;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#greeted.promise.catch(() => {});
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#feed(text));
    stream.on('error', error => this.#close(error));
    stream.on('close', () => this.#close(new Error('the connection closed')));
    stream.on('end', () => this.#close(new Error('the connection ended')));
  }

  /** Waits for the greeting and enters command mode. */
  async open(signal: AbortSignal): Promise<void> {
    await this.#limited(this.#greeted.promise, 'its greeting', signal);
    await this.execute('qmp_capabilities', {}, signal);
  }

  onEvent(listener: (event: QmpEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Runs a command and gives what it returns. Throws a ProvisioningError when QEMU says no or nothing. */
  async execute(command: string, args: object, signal: AbortSignal): Promise<unknown> {
    if (this.#closed !== undefined) throw gone(command, this.#closed);
    const id = this.#next++;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, answer);
    this.#stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    try {
      return await this.#limited(answer.promise, command, signal);
    } finally {
      this.#pending.delete(id);
    }
  }

  /** Runs a command of the human monitor, for what QMP does not offer. */
  async human(command: string, signal: AbortSignal): Promise<string> {
    const answer = await this.execute('human-monitor-command', { 'command-line': command }, signal);
    return z.string().parse(answer);
  }

  async #limited<T>(answer: Promise<T>, what: string, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const stop = Promise.withResolvers<never>();
    const abort = (): void => stop.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(
      () =>
        stop.reject(
          new ProvisioningError('qmp', `QEMU did not answer ${what} within ${answerLimit / 1000} s`),
        ),
      answerLimit,
    );
    timer.unref();
    try {
      return await Promise.race([answer, stop.promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  #feed(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#take(line);
  }

  #take(line: string): void {
    const message = parseLine(line);
    if (message === undefined) return;
    if ('QMP' in message) this.#greeted.resolve();
    else if ('event' in message)
      for (const listener of this.#listeners) listener({ name: message.event, data: message.data ?? {} });
    else this.#settle(message);
  }

  #settle(message: Extract<z.infer<typeof lineSchema>, { id?: number | undefined }>): void {
    const waiting = message.id === undefined ? undefined : this.#pending.get(message.id);
    if (waiting === undefined) return;
    if ('error' in message)
      waiting.reject(new ProvisioningError('qmp', `QEMU refused: ${message.error.desc}`));
    else waiting.resolve(message.return);
  }

  #close(error: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    this.#greeted.reject(gone('its greeting', error));
    for (const waiting of this.#pending.values()) waiting.reject(gone('a command', error));
    this.#pending.clear();
  }
}

const parseLine = (line: string): z.infer<typeof lineSchema> | undefined => {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
};

const gone = (what: string, cause: Error): ProvisioningError =>
  new ProvisioningError('qmp', `QEMU went away before it answered ${what}`, { cause });
