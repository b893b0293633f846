import { homedir } from 'node:os';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The XDG specification says that relative paths are to be ignored. */
const xdg = (base: string | undefined, ...otherwise: readonly string[]): string =>
  join(base?.startsWith('/') === true ? base : join(homedir(), ...otherwise), 'kola');

/** `$XDG_STATE_HOME/kola`: ledgers, keys, sockets. */
export const stateRoot = (env: Environment): string => xdg(env.XDG_STATE_HOME, '.local', 'state');

/** `$XDG_CACHE_HOME/kola/snapshots`: machines that were booted once. */
export const snapshotRoot = (env: Environment): string => join(cacheRoot(env), 'snapshots');

/** `$XDG_CACHE_HOME/kola`: images and snapshots. */
export const cacheRoot = (env: Environment): string => xdg(env.XDG_CACHE_HOME, '.cache');
