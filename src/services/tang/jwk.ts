import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Bytes of a P-521 coordinate. */
export const coordinateBytes = 66;

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{1,88}$/);

/** A public P-521 key as JSON (RFC 7517, RFC 7518 §6.2). Members we don't know may be there: the format says so. */
export const publicJwkSchema = z.looseObject({
  kty: z.literal('EC'),
  crv: z.literal('P-521'),
  x: coordinate,
  y: coordinate,
});
export type PublicJwk = Readonly<z.infer<typeof publicJwkSchema>>;

export const base64url = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64url');

/** The hashes that Tang clients name keys by. The first is what people are shown. */
const thumbprintHashes = ['sha256', 'sha1', 'sha384', 'sha512'] as const;

/** RFC 7638: the hash of the required members, in lexical order and without white space. */
export const thumbprint = (
  { crv, kty, x, y }: PublicJwk,
  hash: (typeof thumbprintHashes)[number] = 'sha256',
): string => createHash(hash).update(JSON.stringify({ crv, kty, x, y })).digest('base64url');

export const isNamed = (jwk: PublicJwk, name: string): boolean =>
  thumbprintHashes.some(hash => thumbprint(jwk, hash) === name);
