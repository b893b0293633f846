import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';

/** An ed25519 key pair, in memory only. Used for the client key of a run and for the host key of each machine. */
export interface SshKeyPair {
  /** OpenSSH private key file (`-----BEGIN OPENSSH PRIVATE KEY-----`), unencrypted. A secret. */
  readonly privateKey: string;
  /** `ssh-ed25519 <base64> <comment>`: a line of authorized_keys, or the content of a `.pub` file. */
  readonly publicKey: string;
  /** `SHA256:<base64 without padding>`, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

const algorithm = 'ssh-ed25519';

/** Length-prefixed string of RFC 4251. */
const field = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Fingerprint of a public key in wire form. */
export const fingerprintOf = (blob: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

/** Wire form of a public key given as an authorized_keys line; throws when it is not an ed25519 one. */
export const publicKeyBlob = (line: string): Buffer => {
  const [type, base64] = line.trim().split(/\s+/);
  if (type !== algorithm || base64 === undefined)
    throw new TypeError(`expected a public key "${algorithm} <base64>", found "${line.slice(0, 40)}"`);
  return Buffer.from(base64, 'base64');
};

/** Layout of the private file: PROTOCOL.key of OpenSSH. Cipher and KDF are "none". */
const privateKeyFile = (seed: Buffer, publicBytes: Buffer, blob: Buffer, comment: string): string => {
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    field(algorithm),
    field(publicBytes),
    field(Buffer.concat([seed, publicBytes])),
    field(comment),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    uint32(1),
    field(blob),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = body.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
};

/** Makes a key pair. The comment is visible in both files and must hold no line break. */
export const makeKeyPair = (comment: string): SshKeyPair => {
  if (/[\r\n]/.test(comment)) throw new TypeError('the comment of an SSH key is one line');
  const { privateKey } = generateKeyPairSync('ed25519');
  const jwk = privateKey.export({ format: 'jwk' });
  const seed = Buffer.from(jwk.d ?? '', 'base64url');
  const publicBytes = Buffer.from(jwk.x ?? '', 'base64url');
  const blob = Buffer.concat([field(algorithm), field(publicBytes)]);
  return {
    privateKey: privateKeyFile(seed, publicBytes, blob, comment),
    publicKey: `${algorithm} ${blob.toString('base64')} ${comment}`.trim(),
    fingerprint: fingerprintOf(blob),
  };
};
