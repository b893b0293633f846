import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Client, type ClientChannel } from 'ssh2';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { NetworkError, ProvisioningError } from '../../src/core/errors.ts';
import { poll } from '../../src/core/poll.ts';

/** The rescue system has no console and no known host key: it is trusted for the minutes that it lives. */
const connect = async (host: string, privateKey: string, signal: AbortSignal): Promise<Client> => {
  const client = new Client();
  const { promise, resolve, reject } = Promise.withResolvers<Client>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  client.on('error', reject).on('ready', () => resolve(client));
  client.connect({ host, port: 22, username: 'root', privateKey, readyTimeout: 20_000 });
  try {
    return await promise;
  } catch (error) {
    client.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

const connectWhenUp = (
  host: string,
  privateKey: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Client> =>
  poll({ every: 5000, until: 600_000, signal, clock, what: `the rescue system at ${host}` }, async () => {
    try {
      return { done: await connect(host, privateKey, signal) };
    } catch (error) {
      signal.throwIfAborted();
      return { pending: error instanceof Error ? error.message : String(error) };
    }
  });

const program = 'gzip -dc | dd of=/dev/sda bs=4M iflag=fullblock conv=sparse,fsync status=none && sync';

/** Writes a raw disk over SSH onto the disk of a server that is in its rescue system. */
export const writeDisk = async (
  host: string,
  privateKey: string,
  disk: string,
  clock: Clock = systemClock,
  signal: AbortSignal,
): Promise<void> => {
  const client = await connectWhenUp(host, privateKey, clock, signal);
  const stop = (): void => void client.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { promise: opened, resolve, reject } = Promise.withResolvers<ClientChannel>();
    const { promise: broken, reject: fail } = Promise.withResolvers<never>();
    broken.catch(() => {});
    client.on('error', fail).on('close', () => fail(new Error('the connection was closed')));
    client.exec(`blkdiscard -f /dev/sda; ${program}`, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
    const channel = await Promise.race([opened, broken]);
    let complaint = '';
    const ended = Promise.withResolvers<number>();
    channel.on('exit', (code: number | null) => ended.resolve(code ?? 255));
    channel.resume();
    channel.stderr.on('data', (text: Buffer) => {
      complaint += text.toString();
    });
    const sent = pipeline(createReadStream(disk), createGzip({ level: 1 }), channel, { signal });
    sent.catch(() => {});
    await Promise.race([sent, broken]);
    const code = await Promise.race([ended.promise, broken]);
    if (code !== 0)
      throw new ProvisioningError(
        'hetzner-disk',
        `writing the disk failed with ${code}: ${complaint.trim()}`,
      );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProvisioningError) throw error;
    throw new NetworkError('hetzner-rescue', `writing the disk of ${host} failed: ${String(error)}`, {
      cause: error,
    });
  } finally {
    signal.removeEventListener('abort', stop);
    client.destroy();
  }
};
