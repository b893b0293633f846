import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { UsageError } from '../core/errors.ts';

/** Who may vote from the page. `identify` gives the voter's handle; undefined = a stranger. */
export type Access =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; identify(token: string): string | undefined }
  | { readonly kind: 'proxy'; readonly header: string };

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const shortestToken = 16;

/**
 * Reads `handle token` lines. The file must be its owner's alone, as whoever reads it votes in everybody's name.
 * Throws UsageError that names the line and never the token.
 */
export const tokenAccess = async (file: string): Promise<Access> => {
  const found = await stat(file).catch((error: Error) => {
    throw new UsageError('tokens-absent', `the token file ${file} cannot be read: ${error.message}`);
  });
  if ((found.mode & 0o077) !== 0) {
    throw new UsageError('tokens-open', `others than its owner may read or write ${file}`, {
      hint: `chmod 600 ${file}`,
    });
  }
  const tokens = (await readFile(file, 'utf8')).split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [, handle, token] = /^([A-Za-z0-9][A-Za-z0-9-]*)\s+(\S+)\s*$/.exec(line) ?? [];
    if (handle === undefined || token === undefined || token.length < shortestToken) {
      throw new UsageError(
        'tokens-invalid',
        `${file}:${index + 1}: expected a handle, a space and a token of at least ${shortestToken} characters`,
      );
    }
    return [{ handle, digest: digest(token) }];
  });
  if (tokens.length === 0) throw new UsageError('tokens-empty', `${file} holds no token`);
  return {
    kind: 'token',
    identify: token => {
      const given = digest(token);
      return tokens.find(one => timingSafeEqual(one.digest, given))?.handle;
    },
  };
};

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/** A header is believed only where nobody but the proxy on this machine can set it. */
export const proxyAccess = (header: string, host: string): Access => {
  if (!/^[A-Za-z0-9-]+$/.test(header))
    throw new UsageError('bad-identity-header', `${header} is no name of an HTTP header`);
  if (!isLoopback(host)) {
    throw new UsageError('identity-exposed', `anybody who reaches ${host} could set ${header} and vote`, {
      hint: 'listen on 127.0.0.1 and let the proxy be the only way in',
    });
  }
  return { kind: 'proxy', header };
};
