import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { type Evidence, ProductError, ScenarioError } from '../../core/errors.ts';
import type { CommandOptions, CommandResult } from '../../core/machine.ts';
import { sshError } from './failure.ts';
import { lastLines, shortCommand } from './quote.ts';

/** What the harness itself can do with a command, beyond what scenarios can. */
export interface ExecOptions extends Omit<CommandOptions, 'input'> {
  readonly input?: string | Uint8Array | Readable;
  /** Takes standard output instead of the result's `stdout`, with back-pressure; ended when the output ends. */
  readonly output?: Writable;
}

/** Runs a shell command somewhere; a `timeout` of Infinity means none. The seam that files, readiness and tests use. */
export type Exec = (command: string, options?: ExecOptions) => Promise<CommandResult>;

/** Most bytes that a command may print when its output is kept in memory. */
export const outputLimit = 64 * 1024 * 1024;
/** How long a command may take to heed TERM before it is killed. */
const termGrace = 1000;
const shownLines = 20;

export const commandEvidence = (command: string, stdout: string, stderr: string): readonly Evidence[] => {
  const part = (name: string, text: string): string[] =>
    text.trim() === '' ? [] : [`${name}:\n${lastLines(text, shownLines)}`];
  const text = [`$ ${shortCommand(command)}`, ...part('stdout', stdout), ...part('stderr', stderr)].join(
    '\n',
  );
  return [{ source: 'command', text }];
};

class Collected {
  readonly #chunks: Buffer[] = [];
  bytes = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

/** Writes standard input and closes it. A command that ends without reading it all is not an error. */
const feed = (channel: ClientChannel, input: ExecOptions['input'], fail: (error: Error) => void): void => {
  channel.on('error', () => {
    // EPIPE after the remote end closed; how the command ended is what counts.
  });
  if (input === undefined) channel.end();
  else if (typeof input === 'string' || input instanceof Uint8Array) channel.end(input);
  else {
    input.on('error', fail);
    input.pipe(channel);
  }
};

/** Passes output on, pausing the channel while the receiver is behind. */
const drainInto = (channel: ClientChannel, output: Writable, fail: (error: Error) => void): void => {
  output.on('error', fail);
  output.on('drain', () => channel.resume());
  channel.on('data', (chunk: Buffer) => {
    if (!output.write(chunk)) channel.pause();
  });
  channel.on('end', () => output.end());
};

/** The parts of ssh2's channel that `signal()` uses itself; version pinned, covered by a contract test. */
interface ChannelInside {
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly _client: { readonly _protocol: { signal(channel: number, name: string): void } };
}

/**
 * Best effort: the server may refuse signals (OpenSSH does for root), and sudo's children are not ours to signal.
 * ssh2's own `signal()` does nothing once standard input was closed, though the protocol allows it.
 */
const kill = (channel: ClientChannel, ...signals: readonly string[]): void => {
  const { outgoing, _client } = channel as unknown as ChannelInside;
  if (outgoing.state !== 'open' && outgoing.state !== 'eof') return;
  try {
    for (const signal of signals) _client._protocol.signal(outgoing.id, signal);
  } catch {
    // the connection is gone, and the command with it
  }
};

/**
 * Accompanies a command on an open channel to its end: its result, or a rejection when its deadline passes
 * (ProductError `command-timeout`), its signal is aborted (the signal's reason) or the connection ends (`over`).
 */
export const converse = (
  channel: ClientChannel,
  command: string,
  options: ExecOptions & { readonly timeout: number },
  over: AbortSignal,
): Promise<CommandResult> => {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const started = performance.now();
  const stdout = new Collected();
  const stderr = new Collected();
  let ended: { code: number | null; signal: string | null } | undefined;
  let lastWords: string | undefined;
  let grace: NodeJS.Timeout | undefined;

  const settle = (): void => {
    clearTimeout(deadline);
    clearTimeout(grace);
    options.signal?.removeEventListener('abort', aborted);
    over.removeEventListener('abort', disconnected);
  };
  const stop = (reason: unknown): void => {
    settle();
    kill(channel, 'TERM', 'KILL');
    channel.close();
    options.output?.destroy();
    reject(reason);
  };
  const aborted = (): void => stop(options.signal?.reason);
  const disconnected = (): void => stop(over.reason);
  const expire = (): void => {
    // Taken before the shell adds "Terminated"; what the command says while it ends is kept as evidence.
    lastWords = lastLines(stderr.text(), 1) || lastLines(stdout.text(), 1) || 'nothing';
    kill(channel, 'TERM');
    grace = setTimeout(() => stop(timedOut(lastWords)), termGrace);
  };
  const timedOut = (words = 'nothing'): ProductError =>
    new ProductError(
      'command-timeout',
      `command did not end within ${options.timeout / 1000} s: ${shortCommand(command)} — last output: ${words}`,
      { evidence: commandEvidence(command, stdout.text(), stderr.text()) },
    );
  const collect = (into: Collected) => (chunk: Buffer) => {
    into.add(chunk);
    if (stdout.bytes + stderr.bytes <= outputLimit) return;
    stop(
      new ScenarioError(
        'command-output-too-large',
        `command printed more than ${outputLimit / 1024 / 1024} MiB: ${shortCommand(command)}`,
        { hint: 'write the output to a file on the machine and download it' },
      ),
    );
  };
  const finish = async (): Promise<void> => {
    settle();
    if (lastWords !== undefined) return reject(timedOut(lastWords));
    if (ended === undefined)
      return reject(
        sshError('ssh-disconnected', `command got no exit status: ${shortCommand(command)}`, {
          evidence: commandEvidence(command, stdout.text(), stderr.text()),
        }),
      );
    if (options.output !== undefined && !options.output.writableFinished) {
      options.output.end();
      await once(options.output, 'finish');
    }
    resolve({
      ...ended,
      stdout: stdout.text(),
      stderr: stderr.text(),
      duration: performance.now() - started,
    });
  };

  const deadline = Number.isFinite(options.timeout) ? setTimeout(expire, options.timeout) : undefined;
  options.signal?.addEventListener('abort', aborted, { once: true });
  over.addEventListener('abort', disconnected, { once: true });
  // Both streams are always read: ssh2 never reports the end of a channel with unread data.
  if (options.output === undefined) channel.on('data', collect(stdout));
  else drainInto(channel, options.output, stop);
  channel.stderr.on('data', collect(stderr));
  channel.on('exit', (code: number | null, signal?: string) => {
    ended =
      signal === undefined ? { code, signal: null } : { code: null, signal: signal.replace(/^SIG/, '') };
  });
  channel.on('close', () => void finish().catch(reject));
  feed(channel, options.input, stop);
  if (options.signal?.aborted) aborted();
  else if (over.aborted) disconnected();
  return promise;
};
