import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { PublicKey, Signature, Subkey } from 'openpgp';
import { UsageError } from '../../core/errors.ts';

/** Who vouches for a file. */
export interface SignedBy {
  /** Fingerprints in upper-case hex: the pinned key, and the (sub)key that signed. */
  readonly primary: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface FileSums {
  /** `sha256:…` */
  readonly sha256: string;
  /** Hex. */
  readonly sha512: string;
  readonly bytes: number;
}

const pieceBytes = 4 * 2 ** 20;

/** One reading of a file: its digests, and who signed it when there is a signature to check. */
export const examine = async (
  path: string,
  check: { readonly signature: Uint8Array; readonly keys: readonly PublicKey[] } | undefined,
  signal?: AbortSignal,
): Promise<{ readonly sums: FileSums; readonly signedBy: SignedBy | undefined }> => {
  const [sha256, sha512] = [createHash('sha256'), createHash('sha512')];
  let bytes = 0;
  const tapped = async function* (): AsyncGenerator<Uint8Array> {
    const file = createReadStream(path, {
      highWaterMark: pieceBytes,
      ...(signal === undefined ? {} : { signal }),
    });
    for await (const chunk of file) {
      sha256.update(chunk);
      sha512.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const stream = Readable.toWeb(Readable.from(tapped(), { objectMode: true, highWaterMark: 1 }));
  const signedBy =
    check === undefined ? await drain(stream) : await verify(stream, check.signature, check.keys, path);
  const sums = { sha256: `sha256:${sha256.digest('hex')}`, sha512: sha512.digest('hex'), bytes };
  return { sums, signedBy };
};

/** With a reader: the library replaces a stream's methods, and not its iterator. */
const drain = async (stream: ReadableStream): Promise<undefined> => {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
};

/** Verifies a detached signature over something small. `name` is for messages. */
export const verifyBytes = (
  data: Uint8Array,
  signature: Uint8Array,
  keys: readonly PublicKey[],
  name: string,
): Promise<SignedBy> => verify(data, signature, keys, name);

/**
 * At least one signature must be good, by a key that is pinned or that a pinned key has bound. Expiry and revocation are
 * judged at the time of signing, so that a release stays valid when its signing subkey has expired; a key that was
 * revoked because it was compromised never counts. Throws a UsageError that says what is wrong.
 */
const verify = async (
  data: Uint8Array | ReadableStream,
  signature: Uint8Array,
  keys: readonly PublicKey[],
  name: string,
): Promise<SignedBy> => {
  const openpgp = await import('openpgp');
  const parsed = await readSignature(signature, name);
  const message =
    data instanceof Uint8Array
      ? await openpgp.createMessage({ binary: data })
      : await openpgp.createMessage({ binary: data as import('openpgp').WebStream<Uint8Array> });
  const checked = await openpgp.verify({
    message,
    signature: parsed,
    verificationKeys: [...keys],
    format: 'binary',
  });
  // Of a stream, nothing is known until all of it was read. The library gives a copy, and would keep what nobody reads.
  if (!(checked.data instanceof Uint8Array)) await drain(checked.data as ReadableStream);
  const problems: UsageError[] = [];
  for (const one of checked.signatures) {
    try {
      await one.verified;
      const [packet] = (await one.signature).packets;
      return describe(keys, one.keyID, packet?.created ?? null);
    } catch (error) {
      problems.push(await explain(error, keys, one, name));
    }
  }
  throw problems[0] ?? new UsageError('signature-none', `${name}.sig holds no signature of a file`);
};

const readSignature = async (bytes: Uint8Array, name: string): Promise<Signature> => {
  const openpgp = await import('openpgp');
  const armored = Buffer.from(bytes.subarray(0, 64)).includes('-----BEGIN PGP');
  try {
    return armored
      ? await openpgp.readSignature({ armoredSignature: Buffer.from(bytes).toString('utf8') })
      : await openpgp.readSignature({ binarySignature: bytes });
  } catch (error) {
    throw new UsageError('signature-unreadable', `${name}.sig is no OpenPGP signature: ${String(error)}`, {
      hint: 'the file on the server is damaged',
      cause: error,
    });
  }
};

type KeyId = Awaited<ReturnType<typeof import('openpgp').verify>>['signatures'][number]['keyID'];
type Checked = Awaited<ReturnType<typeof import('openpgp').verify>>['signatures'][number];

const hex = (fingerprint: string): string => fingerprint.toUpperCase();

const ownerOf = (
  keys: readonly PublicKey[],
  id: KeyId,
): { readonly primary: PublicKey; readonly own: PublicKey | Subkey } | undefined => {
  for (const primary of keys) {
    const own = primary.getKeys(id)[0];
    if (own !== undefined) return { primary, own: own as PublicKey | Subkey };
  }
  return undefined;
};

const describe = (keys: readonly PublicKey[], id: KeyId, created: Date | null): SignedBy => {
  const owner = ownerOf(keys, id);
  if (owner === undefined || created === null) throw new TypeError('a good signature has a key and a time');
  return {
    primary: hex(owner.primary.getFingerprint()),
    key: hex(owner.own.getFingerprint()),
    at: created.getTime(),
  };
};

/** The reason in words of ours: found out from the keys, not from the library's message. */
const explain = async (
  error: unknown,
  keys: readonly PublicKey[],
  { keyID, signature }: Checked,
  name: string,
): Promise<UsageError> => {
  const cause = { cause: error };
  const owner = ownerOf(keys, keyID);
  if (owner === undefined)
    return new UsageError(
      'signature-unknown-key',
      `${name} is signed by a key that is not trusted: ${hex(keyID.toHex())}`,
      {
        hint: `trusted: ${keys.map(key => hex(key.getFingerprint())).join(', ')} and their subkeys`,
        ...cause,
      },
    );
  const { primary, own } = owner;
  const who = hex(own.getFingerprint());
  const created = (await signature.catch(() => undefined))?.packets[0]?.created ?? null;
  const at = created ?? new Date();
  const day = at.toISOString().slice(0, 10);
  if (await isRevoked(primary, own, at))
    return new UsageError('signature-revoked', `${name} is signed by ${who}, which is revoked`, {
      hint: 'do not use this image; tell the release team',
      ...cause,
    });
  for (const key of new Set([own, primary])) {
    const expiry = await key.getExpirationTime().catch(() => null);
    if (expiry instanceof Date && expiry <= at)
      return new UsageError(
        'signature-expired',
        `${name} was signed on ${day} by ${who}; ${hex(key.getFingerprint())} had expired on ${expiry.toISOString().slice(0, 10)}`,
        cause,
      );
  }
  if (created !== null && created.getTime() > Date.now() + 1000)
    return new UsageError('signature-future', `${name} was signed on ${day}, which is in the future`, {
      hint: "set this machine's clock",
      ...cause,
    });
  const why = error instanceof Error ? error.message : String(error);
  return new UsageError('signature-wrong', `the signature of ${name} by ${who} does not fit its content`, {
    hint: `the file was damaged or exchanged after it was signed (${why})`,
    ...cause,
  });
};

const isRevoked = async (primary: PublicKey, own: PublicKey | Subkey, at: Date): Promise<boolean> => {
  if (await primary.isRevoked(undefined, undefined, at)) return true;
  if (!('mainKey' in own)) return false;
  for (const binding of own.bindingSignatures)
    if (await own.isRevoked(binding, own.mainKey.keyPacket, at)) return true;
  return false;
};
