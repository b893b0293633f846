import { NetworkError } from '../../core/errors.ts';
import { PollTimeout, poll } from '../../core/poll.ts';
import { limited } from '../limit.ts';
import { SshConnection } from './connection.ts';
import { type Place, placeText } from './failure.ts';

export interface Login extends Place {
  readonly user: string;
  /** OpenSSH private key. */
  readonly key: string;
  /** Pinned host key, as an authorized_keys line. */
  readonly hostKey: string;
}

export interface ConnectOptions extends Login {
  /** Milliseconds between tries. */
  readonly every: number;
  /** Milliseconds until it is given up. */
  readonly until: number;
  readonly signal?: AbortSignal | undefined;
  /** Factor on the patience with a slow server; 1 on hardware. */
  readonly slowdown?: number;
  /** Milliseconds (scaled) for which a refused login is tried again; default 60 000. */
  readonly authPatience?: number;
  readonly onAttempt?: (number: number, outcome: string) => void;
}

/**
 * Patience until the server's first byte. sshd.socket listens long before a booting guest gets to start sshd (40 s
 * seen on a busy emulated one), and every try that was abandoned meanwhile makes it start one more sshd, which costs
 * such a guest 1 to 1.6 s of processor time.
 */
const bannerTimeout = 20_000;
const loginTimeout = 20_000;
/** Keys can arrive later than sshd (metadata agents, pam_nologin during boot), but not that much later. */
const defaultAuthPatience = 60_000;
export const keepalive = { every: 5000, misses: 6 };

/**
 * Connects as soon as the machine lets us in. Tries again on everything but a wrong host key and a login that
 * stays refused; the NetworkError at the end has the code and the words of the last try.
 */
export const connectWhenReady = async (options: ConnectOptions): Promise<SshConnection> => {
  const slowdown = options.slowdown ?? 1;
  const { every, until, signal } = options;
  const authPatience = (options.authPatience ?? defaultAuthPatience) * slowdown;
  const what = `SSH at ${placeText(options)}`;
  const limit = limited(until, () => new PollTimeout(what, until, ''), signal);
  let tries = 0;
  let last: NetworkError | undefined;
  let refusedSince: number | undefined;

  const attempt = async (): Promise<{ done: SshConnection } | { pending: string }> => {
    tries++;
    try {
      const done = await SshConnection.open({
        host: options.host,
        port: options.port,
        user: options.user,
        auth: { privateKey: options.key },
        hostKey: options.hostKey,
        bannerTimeout: bannerTimeout * slowdown,
        loginTimeout: loginTimeout * slowdown,
        keepalive: { ...keepalive, every: keepalive.every * slowdown },
        signal: limit.signal,
      });
      options.onAttempt?.(tries, 'connected');
      return { done };
    } catch (error) {
      if (!(error instanceof NetworkError) || signal?.aborted) throw error;
      options.onAttempt?.(tries, error.message);
      last = error;
      if (error.code === 'ssh-host-key-mismatch') throw error;
      refusedSince = error.code === 'ssh-auth' ? (refusedSince ?? performance.now()) : undefined;
      if (refusedSince !== undefined && performance.now() - refusedSince > authPatience) throw error;
      return { pending: error.message };
    }
  };
  try {
    return await poll({ every, until, what, signal: limit.signal }, attempt);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!(error instanceof PollTimeout)) throw error;
    const seen = last?.message ?? 'no answer';
    throw new NetworkError(
      last?.code ?? 'ssh-unreachable',
      `no SSH login at ${placeText(options)} as ${options.user} within ${Math.round(until / 1000)} s (${tries} tries); last: ${seen}`,
      { cause: last, ...(last?.hint === undefined ? {} : { hint: last.hint }) },
    );
  } finally {
    limit.clear();
  }
};
