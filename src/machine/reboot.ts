import { NetworkError, ProductError } from '../core/errors.ts';
import { PollTimeout, poll } from '../core/poll.ts';
import { limited, orAborted } from './limit.ts';
import type { Exec } from './ssh/command.ts';
import type { LinkWait } from './ssh/link.ts';

/** What a reboot needs of a connection. */
export interface RebootConnection {
  readonly exec: Exec;
  readonly over: AbortSignal;
}

/** What a reboot needs of the link to a machine. */
export interface RebootLink {
  connection(wait: LinkWait): Promise<RebootConnection>;
  drop(): void;
}

export interface RebootOptions {
  readonly machine: string;
  /** Boot id that the machine must leave. */
  readonly previous: string;
  /** Milliseconds until a new boot id must be seen. */
  readonly until: number;
  /** Milliseconds between looks; default 1000. */
  readonly every?: number;
  readonly signal: AbortSignal;
}

export const readBootId = 'cat /proc/sys/kernel/random/boot_id';

/**
 * The socket is stopped first, so that nobody logs in to a machine that is going down. Images without it have no
 * such unit; the boot id is the proof in any case.
 */
const rebootCommand = "sudo sh -c 'systemctl stop sshd.socket; systemctl reboot'";
/** Going down takes up to systemd's 90 s when a unit does not stop; the connection drops early in it. */
const dropPatience = 30_000;

/** Tells the machine to reboot and waits until it has dropped the connection. */
export const orderReboot = async (
  link: RebootLink,
  options: { readonly machine: string; readonly signal: AbortSignal; readonly slowdown: number },
): Promise<void> => {
  const { signal, slowdown } = options;
  const connection = await link.connection({ until: dropPatience * slowdown, signal });
  try {
    const { code, stderr } = await connection.exec(rebootCommand, {
      timeout: dropPatience * slowdown,
      signal,
    });
    if (code !== 0 && code !== null)
      throw new ProductError(
        'reboot-refused',
        `machine ${options.machine} refused to reboot: ${stderr.trim() || `exit code ${code}`}`,
      );
  } catch (error) {
    // The answer to the last command is often lost with the connection.
    if (!(error instanceof NetworkError)) throw error;
  }
  await awaitDrop(connection, dropPatience * slowdown, signal);
  link.drop();
};

/** Waits for the end of a connection; a machine that does not end it may have vanished without a word. */
const awaitDrop = async (connection: RebootConnection, ms: number, signal: AbortSignal): Promise<void> => {
  const { promise: dropped, resolve } = Promise.withResolvers<void>();
  if (connection.over.aborted) return;
  connection.over.addEventListener('abort', () => resolve(), { once: true });
  const silent = new PollTimeout('the connection to drop', ms, '');
  const limit = limited(ms, () => silent, signal);
  try {
    await orAborted(dropped, limit.signal);
  } catch (error) {
    if (error !== silent) throw error;
  } finally {
    limit.clear();
  }
};

/**
 * Waits until the machine answers with another boot id, and returns that. Throws ProductError `not-rebooted` when
 * it still shows the old one, `not-back` when it does not answer.
 */
export const awaitNewBoot = async (link: RebootLink, options: RebootOptions): Promise<string> => {
  const { machine, previous, until, signal } = options;
  let answered = false;
  const late = new PollTimeout(`machine ${machine} to reboot`, until, '');
  const limit = limited(until, () => late, signal);
  const what = `machine ${machine} to reboot`;
  let last = 'no answer yet';
  try {
    return await poll({ every: options.every ?? 1000, until, what, signal: limit.signal }, async () => {
      try {
        const connection = await link.connection({ until: Number.POSITIVE_INFINITY, signal: limit.signal });
        const { stdout } = await connection.exec(readBootId, { signal: limit.signal });
        const found = stdout.trim();
        answered = true;
        if (found !== '' && found !== previous) return { done: found };
        last = `still boot ${previous}`;
      } catch (error) {
        if (!(error instanceof NetworkError) || error.code === 'ssh-host-key-mismatch') throw error;
        answered = false;
        last = error.message;
      }
      return { pending: last };
    });
  } catch (error) {
    if (!(error instanceof PollTimeout)) throw error;
    const seconds = Math.round(until / 1000);
    throw answered
      ? new ProductError('not-rebooted', `machine ${machine} did not reboot within ${seconds} s: ${last}`)
      : new ProductError(
          'not-back',
          `machine ${machine} did not come back within ${seconds} s of its reboot: ${last}`,
        );
  } finally {
    limit.clear();
  }
};
