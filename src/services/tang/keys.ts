import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { p521 } from '@noble/curves/nist.js';
import { z } from 'zod';
import { base64url, coordinateBytes, type PublicJwk, publicJwkSchema, thumbprint } from './jwk.ts';

/** One generation of a Tang server's keys: one signs the advertisement, the other recovers. In memory only. */
export interface TangKeys {
  readonly signing: SigningKey;
  readonly exchange: ExchangeKey;
}

export interface SigningKey {
  /** With `alg` ES512 and `key_ops`. */
  readonly jwk: PublicJwk;
  readonly thumbprint: string;
  /** ES512: the two halves of the signature side by side (RFC 7518 §3.4). */
  sign(text: string): string;
}

export interface ExchangeKey {
  /** With `alg` ECMR and `key_ops`. */
  readonly jwk: PublicJwk;
  readonly thumbprint: string;
  /**
   * The server's half of the McCallum-Relyea exchange: the client's point times our secret. Undefined when the
   * key it sent is no point of the curve. node:crypto's ECDH would drop the y coordinate that the client needs.
   */
  recover(client: PublicJwk): PublicJwk | undefined;
}

export const newTangKeys = (): TangKeys => ({ signing: newSigningKey(), exchange: newExchangeKey() });

const newSigningKey = (): SigningKey => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  const jwk = { ...publicPart(publicKey), alg: 'ES512', key_ops: ['verify'] };
  return {
    jwk,
    thumbprint: thumbprint(jwk),
    sign: text =>
      base64url(sign('sha512', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })),
  };
};

const newExchangeKey = (): ExchangeKey => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  const { d } = z.looseObject({ d: z.string() }).parse(privateKey.export({ format: 'jwk' }));
  const secret = numberOf(d);
  const jwk = { ...publicPart(publicKey), ...exchangeMembers };
  return {
    jwk,
    thumbprint: thumbprint(jwk),
    recover: client => {
      const point = pointOf(client);
      return point === undefined ? undefined : jwkOf(point.multiply(secret));
    },
  };
};

const exchangeMembers = { alg: 'ECMR', key_ops: ['deriveKey'] };

const publicPart = (key: KeyObject): PublicJwk => publicJwkSchema.parse(key.export({ format: 'jwk' }));

type Point = typeof p521.Point.BASE;

/** Undefined when the coordinates are not those of a point: an invalid one could betray bits of the secret. */
const pointOf = ({ x, y }: PublicJwk): Point | undefined => {
  try {
    const point = p521.Point.fromAffine({ x: numberOf(x), y: numberOf(y) });
    point.assertValidity();
    return point;
  } catch {
    return undefined;
  }
};

const jwkOf = (point: Point): PublicJwk => {
  const { x, y } = point.toAffine();
  return { kty: 'EC', crv: 'P-521', x: coordinateOf(x), y: coordinateOf(y), ...exchangeMembers };
};

const numberOf = (text: string): bigint =>
  BigInt(`0x${Buffer.from(text, 'base64url').toString('hex') || '0'}`);

const coordinateOf = (value: bigint): string =>
  base64url(Buffer.from(value.toString(16).padStart(coordinateBytes * 2, '0'), 'hex'));
