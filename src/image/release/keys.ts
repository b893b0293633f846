import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { PublicKey } from 'openpgp';
import { KolaError, UsageError } from '../../core/errors.ts';
import { type AskOptions, getText } from './http.ts';
import type { PinnedKey } from './servers.ts';

export interface KeyOptions extends AskOptions {
  readonly pinned: readonly PinnedKey[];
  /** The file that pins the keys: their `file` is relative to it. */
  readonly pinnedIn: string;
  /** A key file that takes the place of downloads; its keys must be pinned, too. */
  readonly keyFile?: string;
  /** Downloaded keys are kept in `keys/` of it. */
  readonly cacheDir: string;
  readonly log: (line: string) => void;
}

/** Keys change once or twice a year; a revocation should not stay unseen for long. */
const maxAge = 24 * 3_600_000;
const maxBytes = 2 * 2 ** 20;

/**
 * The public keys whose signatures count. Where a key comes from does not matter: its fingerprint is pinned, and the key
 * itself vouches for its subkeys, their expiry and revocations. `fresh` asks the servers again.
 */
export const trustedKeys = async (options: KeyOptions, fresh = false): Promise<readonly PublicKey[]> => {
  if (options.keyFile !== undefined)
    return readPinned(await readKeyFile(options.keyFile), options.pinned, options.keyFile);
  const keys: PublicKey[] = [];
  for (const key of options.pinned) {
    const { text, where } = await textOf(key, options, fresh);
    keys.push(...(await readPinned(text, [key], where)));
  }
  return keys;
};

const readKeyFile = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError('key-absent', `the key ${path} cannot be read: ${error.message}`, { cause: error });
  });

const textOf = async (
  key: PinnedKey,
  options: KeyOptions,
  fresh: boolean,
): Promise<{ readonly text: string; readonly where: string }> => {
  if (key.file !== undefined) {
    const where = resolve(dirname(options.pinnedIn), key.file);
    return { text: await readKeyFile(where), where };
  }
  const kept = join(options.cacheDir, '.keys', `${key.fingerprint}.asc`);
  const age = await stat(kept).then(
    facts => options.clock.now() - facts.mtimeMs,
    () => undefined,
  );
  if (age !== undefined && age < maxAge && !fresh) return { text: await readKeyFile(kept), where: kept };
  if (key.url === undefined)
    throw new UsageError('key-absent', `the key ${key.fingerprint} has neither a file nor a URL`, {
      hint: 'give it with --image-key=FILE',
    });
  try {
    const text = await getText({ url: key.url, headers: {} }, maxBytes, options);
    if (text === undefined) throw new UsageError('key-absent', `there is no key at ${key.url}`);
    await readPinned(text, [key], key.url);
    await mkdir(dirname(kept), { recursive: true });
    await writeFile(`${kept}.${process.pid}`, text);
    await rename(`${kept}.${process.pid}`, kept);
    return { text, where: key.url };
  } catch (error) {
    if (age === undefined || !(error instanceof KolaError)) throw error;
    options.log(`Using the signing key of ${Math.round(age / 3_600_000)} hours ago: ${error.message}`);
    return { text: await readKeyFile(kept), where: kept };
  }
};

/** Only pinned keys, whatever else a file holds. */
const readPinned = async (
  text: string,
  pinned: readonly PinnedKey[],
  where: string,
): Promise<readonly PublicKey[]> => {
  const { readKeys } = await import('openpgp');
  const found = await readKeys({ armoredKeys: text }).catch((error: unknown) => {
    throw new UsageError('key-unreadable', `${where} is no OpenPGP public key: ${String(error)}`, {
      cause: error,
    });
  });
  const wanted = new Set(pinned.map(key => key.fingerprint));
  const own = found.map(key => key.toPublic()).filter(key => wanted.has(key.getFingerprint().toUpperCase()));
  if (own.length > 0) return own;
  const seen = found.map(key => key.getFingerprint().toUpperCase()).join(', ');
  throw new UsageError(
    'key-not-pinned',
    `${where}: expected key ${[...wanted].join(' or ')}, found ${seen}`,
    {
      hint: 'policy/release-servers.yaml pins the primary keys that are trusted',
    },
  );
};
