import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';

/** Where a store is. The URL may hold a password and never goes into a message. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string; readonly shown: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly shown: string };

/** `FILE`, `sqlite:FILE`, `:memory:`, or `postgres://…` as PostgreSQL's own tools take it. */
export const parseStoreLocation = (text: string): StoreLocation => {
  if (text === '')
    throw new UsageError('store-location', 'the store has an empty name', { hint: whatIsTaken });
  if (/^postgres(ql)?:\/\//.test(text)) {
    return { kind: 'postgres', url: text, shown: withoutSecrets(text) };
  }
  if (text === ':memory:') return { kind: 'sqlite', file: text, shown: text };
  const scheme = /^([a-z][a-z0-9+.-]*):(?:\/\/)?/.exec(text);
  if (scheme !== null && scheme[1] !== 'sqlite' && scheme[1] !== 'file') {
    throw new UsageError('store-location', `stores of kind ${scheme[1]} are not known`, {
      hint: whatIsTaken,
    });
  }
  const path = scheme === null ? text : text.slice(scheme[0].length);
  const file = resolve(path.replace(/^~(?=\/)/, homedir()));
  return { kind: 'sqlite', file, shown: file };
};

const whatIsTaken = 'give a file, or postgres://user@host/database';

/** `$XDG_DATA_HOME/kola/history.db`: used when neither the command line nor kola.yaml names a store. */
export const defaultStoreFile = (env: Readonly<Record<string, string | undefined>>): string =>
  join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'kola', 'history.db');

const withoutSecrets = (url: string): string =>
  url.replace(/\/\/[^@/]*@/, '//').replace(/([?&](?:password|sslpassword)=)[^&]*/g, '$1…');
