import { describe, expect, test } from 'vitest';
import { type KolaError, NetworkError } from '../../../src/core/errors.ts';
import {
  awaitNewBoot,
  orderReboot,
  type RebootConnection,
  type RebootLink,
} from '../../../src/machine/reboot.ts';

const signal = new AbortController().signal;
const result = (stdout: string, code = 0, stderr = '') => ({
  code,
  signal: null,
  stdout,
  stderr,
  duration: 1,
});
const disconnected = new NetworkError('ssh-disconnected', 'the connection broke');

/** A link whose successive answers to the boot id are these. */
const link = (...answers: readonly (string | Error)[]): RebootLink & { dropped: number } => {
  let asked = 0;
  return {
    dropped: 0,
    drop() {
      this.dropped++;
    },
    connection: async (): Promise<RebootConnection> => {
      const answer = answers[Math.min(asked++, answers.length - 1)];
      if (answer instanceof Error) throw answer;
      return { over: signal, exec: async () => result(`${answer}\n`) };
    },
  };
};

const options = { machine: 'm1', previous: 'old', until: 100, every: 1, signal };
const failure = (work: Promise<unknown>): Promise<KolaError> =>
  work.then(
    () => expect.unreachable('it succeeded'),
    error => error,
  );

describe('a new boot', () => {
  test('is proven by another boot id, over broken connections', async () => {
    expect(await awaitNewBoot(link('old', disconnected, 'new'), options)).toBe('new');
  });

  test('is missed when the old one goes on answering', async () => {
    const error = await failure(awaitNewBoot(link('old'), options));
    expect(error).toMatchObject({ kind: 'product', code: 'not-rebooted' });
    expect(error.message).toContain('still boot old');
  });

  test('is missed when nothing answers any more', async () => {
    const error = await failure(awaitNewBoot(link('old', disconnected), options));
    expect(error).toMatchObject({ kind: 'product', code: 'not-back' });
    expect(error.message).toContain('the connection broke');
  });

  test('of a machine with another host key is not waited for', async () => {
    const stranger = new NetworkError('ssh-host-key-mismatch', 'other key');
    expect(await failure(awaitNewBoot(link(stranger), options))).toBe(stranger);
  });
});

describe('the order to reboot', () => {
  const order = (exec: RebootConnection['exec'], over: AbortSignal) => {
    const rebooting = { ...link(), connection: async () => ({ exec, over }) };
    return orderReboot(rebooting, { machine: 'm1', signal, slowdown: 0.001 });
  };

  test('is carried out when the connection drops, with or without an answer', async () => {
    const over = new AbortController();
    over.abort(disconnected);
    await expect(order(async () => result(''), over.signal)).resolves.toBeUndefined();
    await expect(order(() => Promise.reject(disconnected), over.signal)).resolves.toBeUndefined();
  });

  test('does not wait for ever for a connection that is never dropped', async () => {
    await expect(order(async () => result(''), signal)).resolves.toBeUndefined();
  });

  test('can be refused', async () => {
    const error = await failure(order(async () => result('', 1, 'Operation inhibited\n'), signal));
    expect(error).toMatchObject({ kind: 'product', code: 'reboot-refused' });
    expect(error.message).toContain('Operation inhibited');
  });
});
