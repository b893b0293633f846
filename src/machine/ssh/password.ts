import { NetworkError } from '../../core/errors.ts';
import { keepalive } from './connect.ts';
import type { Place } from './failure.ts';
import { openSession } from './session.ts';

export interface PasswordLogin extends Place {
  readonly user: string;
  readonly password: string;
  /** Pinned host key: a password is shown to no other machine. */
  readonly hostKey: string;
  readonly slowdown?: number;
  readonly signal?: AbortSignal;
}

/** Whether a password login is let in, as `password` or `keyboard-interactive`; no key is tried. */
export const acceptsPassword = async (login: PasswordLogin): Promise<boolean> => {
  const slowdown = login.slowdown ?? 1;
  try {
    const session = await openSession({
      host: login.host,
      port: login.port,
      user: login.user,
      auth: { password: login.password },
      hostKey: login.hostKey,
      bannerTimeout: 20_000 * slowdown,
      loginTimeout: 20_000 * slowdown,
      keepalive,
      signal: login.signal,
    });
    session.client.end();
    return true;
  } catch (error) {
    if (error instanceof NetworkError && error.code === 'ssh-auth') return false;
    throw error;
  }
};
