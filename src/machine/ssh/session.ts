import { Socket } from 'node:net';
import type { Client } from 'ssh2';
import ssh2 from 'ssh2';
import { classify, type Place, placeText, sshError } from './failure.ts';
import { fingerprintOf, publicKeyBlob } from './keys.ts';

export interface SessionOptions extends Place {
  readonly user: string;
  readonly auth: { readonly privateKey: string } | { readonly password: string };
  /** The only host key that is accepted, as an authorized_keys line. */
  readonly hostKey: string;
  /** Milliseconds until the server's first byte. An idle port forward accepts and then says nothing. */
  readonly bannerTimeout: number;
  /** Milliseconds more for the login, once the server has spoken. */
  readonly loginTimeout: number;
  /** The connection is given up after `misses` unanswered messages, one each `every` milliseconds. */
  readonly keepalive: { readonly every: number; readonly misses: number };
  readonly signal?: AbortSignal | undefined;
}

/** A logged-in SSH connection. */
export interface Session {
  readonly client: Client;
  /** Aborted when the connection has ended; the reason is the NetworkError that says how. */
  readonly over: AbortSignal;
}

const authMethods = (auth: SessionOptions['auth']) =>
  'privateKey' in auth
    ? { privateKey: auth.privateKey, authHandler: ['publickey' as const] }
    : {
        password: auth.password,
        tryKeyboard: true,
        // PAM offers the same password as keyboard-interactive, too.
        authHandler: ['password' as const, 'keyboard-interactive' as const],
      };

/**
 * Connects and logs in. Rejects with a NetworkError (codes in failure.ts), or with the signal's reason.
 * The socket is made here because ssh2 never sets TCP_NODELAY: Nagle's algorithm costs 40 ms a command.
 */
export const openSession = (options: SessionOptions): Promise<Session> => {
  const { promise, resolve, reject } = Promise.withResolvers<Session>();
  const over = new AbortController();
  const client = new ssh2.Client();
  const socket = new Socket();
  const expected = publicKeyBlob(options.hostKey);
  let failure: Error | undefined;
  let ready = false;

  const fail = (error: Error): void => {
    failure ??= error;
    socket.destroy();
  };
  const abandon = (): void => {
    fail(options.signal?.reason);
    settle();
  };
  const settle = (): void => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abandon);
    const reason =
      failure ?? sshError('ssh-disconnected', `SSH at ${placeText(options)} closed the connection`);
    over.abort(reason);
    reject(reason);
  };
  const verifyHostKey = (key: Buffer): boolean => {
    if (expected.equals(key)) return true;
    failure ??= sshError(
      'ssh-host-key-mismatch',
      `SSH at ${placeText(options)} shows host key ${fingerprintOf(key)}, expected ${fingerprintOf(expected)}`,
      { hint: 'another machine answers at this address, or the host key of the user-data was not installed' },
    );
    return false;
  };
  const noLogin = (): void =>
    fail(
      sshError(
        'ssh-handshake',
        `SSH at ${placeText(options)} did not finish the login within ${options.loginTimeout} ms`,
      ),
    );
  let timer = setTimeout(() => {
    if (socket.bytesRead > 0) timer = setTimeout(noLogin, options.loginTimeout);
    else
      fail(
        sshError(
          'ssh-no-banner',
          `SSH at ${placeText(options)} said nothing within ${options.bannerTimeout} ms`,
        ),
      );
  }, options.bannerTimeout);

  client.on('error', error => fail(classify(error, options, ready)));
  client.on('close', settle);
  client.on('ready', () => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abandon);
    client.setNoDelay(true);
    ready = true;
    resolve({ client, over: over.signal });
  });
  if ('password' in options.auth) {
    const { password } = options.auth;
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.map(() => password)),
    );
  }
  if (options.signal?.aborted) {
    abandon();
    return promise;
  }
  options.signal?.addEventListener('abort', abandon, { once: true });
  socket.setNoDelay(true);
  socket.connect({ host: options.host, port: options.port });
  try {
    client.connect({
      sock: socket,
      username: options.user,
      algorithms: { serverHostKey: ['ssh-ed25519'] },
      hostVerifier: verifyHostKey,
      readyTimeout: 0,
      keepaliveInterval: options.keepalive.every,
      keepaliveCountMax: options.keepalive.misses,
      ...authMethods(options.auth),
    });
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)));
    settle();
  }
  return promise;
};
