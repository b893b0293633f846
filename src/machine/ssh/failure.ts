import { type KolaErrorOptions, NetworkError } from '../../core/errors.ts';

/** Stable codes of everything that can go wrong between us and a machine's SSH server. */
export type SshFailureCode =
  | 'ssh-refused'
  | 'ssh-unreachable'
  | 'ssh-no-banner'
  | 'ssh-handshake'
  | 'ssh-auth'
  | 'ssh-host-key-mismatch'
  | 'ssh-disconnected'
  | 'ssh-silent'
  | 'ssh-channel-refused';

export interface Place {
  readonly host: string;
  readonly port: number;
}

export const placeText = ({ host, port }: Place): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

export const sshError = (code: SshFailureCode, message: string, options?: KolaErrorOptions): NetworkError =>
  new NetworkError(code, message, options);

/** ssh2 tells the stage in `level` and the system call's error in `code`. */
interface Ssh2Error extends Error {
  readonly level?: string;
  readonly code?: string | number;
}

const unreachable = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT']);

/** Turns what ssh2 or the socket reported into a typed error. `ready` = after a login. */
export const classify = (error: Error, place: Place, ready: boolean): NetworkError => {
  const { level, code, message } = error as Ssh2Error;
  const at = placeText(place);
  const cause = { cause: error };
  if (level === 'client-authentication')
    return sshError('ssh-auth', `SSH at ${at} refused our login`, {
      ...cause,
      hint: 'the key was not installed for this user, or the user does not exist: see the user-data and the console',
    });
  if (ready && level === 'client-timeout')
    return sshError('ssh-silent', `SSH at ${at} stopped answering keep-alive messages`, cause);
  if (ready) return sshError('ssh-disconnected', `SSH connection to ${at} broke: ${message}`, cause);
  if (code === 'ECONNREFUSED') return sshError('ssh-refused', `SSH at ${at} refused the connection`, cause);
  if (typeof code === 'string' && unreachable.has(code))
    return sshError('ssh-unreachable', `SSH at ${at} cannot be reached: ${message}`, cause);
  if (level === 'handshake')
    return sshError('ssh-handshake', `SSH at ${at}: the handshake failed: ${message}`, cause);
  return sshError(
    'ssh-disconnected',
    `SSH at ${at} closed the connection before the login: ${message}`,
    cause,
  );
};
