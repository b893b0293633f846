import { homedir } from 'node:os';
import { join } from 'node:path';

/** `$XDG_STATE_HOME/kola`; the XDG specification says that relative paths are to be ignored. */
export const stateRoot = (env: Readonly<Record<string, string | undefined>>): string => {
  const base = env.XDG_STATE_HOME;
  return join(base?.startsWith('/') === true ? base : join(homedir(), '.local', 'state'), 'kola');
};
