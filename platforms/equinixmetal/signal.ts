import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../src/core/clock.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import { PollTimeout, poll } from '../../src/core/poll.ts';
import { installedWord, rebootWord, signalPort } from './installer.ts';

export interface SignalOptions {
  readonly host: string;
  /** Milliseconds. */
  readonly until: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called when the disk is written, before the device is allowed to reboot. */
  readonly installed: () => Promise<void>;
}

const retryEvery = 5000;
const connectLimit = 10_000;

/**
 * Waits on TCP port 9 until the installer says that the disk is written, then lets it reboot. A connection that ends
 * without a word is made again: the installer may not be up yet, or something else answered.
 */
export const awaitInstalled = async (options: SignalOptions): Promise<void> => {
  const { host, until, clock, signal, installed } = options;
  const what = `the installer at ${host} port ${signalPort} to finish`;
  try {
    await poll({ every: retryEvery, until, clock, signal, what }, async () => {
      const line = await listen(host, signal, async (word, socket) => {
        if (word !== installedWord) return;
        await installed();
        const flushed = once(socket, 'finish');
        socket.end(`${rebootWord}\n`);
        await flushed;
      });
      if (line === installedWord) return { done: undefined };
      if (line.startsWith('failed: '))
        throw new ProvisioningError(
          'equinixmetal-install',
          `the image could not be installed: ${line.slice(8)}`,
        );
      return { pending: line === '' ? 'no answer yet' : line };
    });
  } catch (error) {
    if (!(error instanceof PollTimeout)) throw error;
    throw new ProvisioningError('equinixmetal-install', error.message, {
      cause: error,
      hint: 'the console of the installer is kept with the machine; --equinixmetal-install-timeout gives it more time',
    });
  }
};

/** The first line that is said, or '' when there was no connection or it ended before. */
const listen = async (
  host: string,
  signal: AbortSignal,
  answer: (line: string, socket: Socket) => Promise<void>,
): Promise<string> => {
  const socket = connect({ host, port: signalPort });
  // Errors reach those who wait; those that come when nobody waits any more are of no interest.
  socket.on('error', () => {});
  const stop = (): void => void socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const late = Object.assign(new Error('no connection'), { code: 'ETIMEDOUT', errno: -110 });
  const timer = setTimeout(() => void socket.destroy(late), connectLimit);
  timer.unref();
  try {
    await once(socket, 'connect', { signal });
    clearTimeout(timer);
    socket.setKeepAlive(true, 30_000);
    socket.setEncoding('utf8');
    let text = '';
    for await (const piece of socket) {
      text += String(piece);
      const end = text.indexOf('\n');
      if (end < 0) continue;
      const line = text.slice(0, end).trim();
      await answer(line, socket);
      return line;
    }
    return '';
  } catch (error) {
    signal.throwIfAborted();
    if (isSocketError(error)) return '';
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
};

/** Refused, reset, unreachable: errors of the system have a number. */
const isSocketError = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ('errno' in error || error.code === 'ERR_STREAM_PREMATURE_CLOSE');
