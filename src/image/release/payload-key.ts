import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { NetworkError, UsageError } from '../../core/errors.ts';
import { getText } from './http.ts';
import { askOptions, type ReleaseContext } from './release.ts';

const maxBytes = 64 * 2 ** 10;

/**
 * Puts the public key of a payload beside it, where update scenarios find it, when `payloadKeys` names one: builds sign
 * payloads for tests with another key than the one in their images. Only the key of the pinned digest is taken.
 */
export const placePayloadKey = async (
  payload: string,
  file: string,
  context: ReleaseContext,
): Promise<void> => {
  const { payloadKeys } = context.servers.files;
  const key = Object.hasOwn(payloadKeys, file) ? payloadKeys[file] : undefined;
  if (key === undefined) return;
  const beside = `${payload}.pub.pem`;
  const known = await readFile(beside, 'utf8').catch(() => undefined);
  if (known !== undefined && sha256(known) === key.sha256) return;
  const where = key.file === undefined ? key.url : resolve(dirname(context.serversFile), key.file);
  const text =
    key.file === undefined
      ? await getText({ url: where ?? '', headers: {} }, maxBytes, askOptions(context))
      : await readFile(where ?? '', 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new NetworkError('payload-key-absent', `there is no public key for ${file}: asked ${where}`, {
      hint: 'name another place under files: payloadKeys: of --release-servers',
    });
  if (sha256(text) !== key.sha256)
    throw new UsageError(
      'payload-key-other',
      `${where} is not the key that is pinned for ${file}: expected sha256 ${key.sha256.slice(0, 16)}…, found ${sha256(text).slice(0, 16)}…`,
      { hint: 'see payloadKeys in --release-servers' },
    );
  await writeFile(beside, text);
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
