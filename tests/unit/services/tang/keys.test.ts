import { createECDH, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { p521 } from '@noble/curves/nist.js';
import { describe, expect, it } from 'vitest';
import { advertisement } from '../../../../src/services/tang/advertisement.ts';
import { isNamed, type PublicJwk, thumbprint } from '../../../../src/services/tang/jwk.ts';
import { newTangKeys, type SigningKey } from '../../../../src/services/tang/keys.ts';

const number = (text: string): bigint => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`);
const pointOf = ({ x, y }: PublicJwk) => p521.Point.fromAffine({ x: number(x), y: number(y) });
const jwkOf = (point: ReturnType<typeof pointOf>): PublicJwk => {
  const text = (value: bigint): string =>
    Buffer.from(value.toString(16).padStart(132, '0'), 'hex').toString('base64url');
  const { x, y } = point.toAffine();
  return { kty: 'EC', crv: 'P-521', x: text(x), y: text(y) };
};
/** A fresh secret and its point; node makes them faster than the library under test. */
const newPair = () => {
  const pair = createECDH('secp521r1');
  pair.generateKeys();
  const secret = BigInt(`0x${pair.getPrivateKey('hex')}`);
  return { secret, point: p521.Point.fromHex(pair.getPublicKey('hex')) };
};

describe('the exchange key', () => {
  it('lets a client recover its secret without showing it to the server', () => {
    const { exchange } = newTangKeys();
    const server = pointOf(exchange.jwk);
    // Binding: the client keeps its point and throws its secret and the shared one away.
    const bound = newPair();
    const shared = server.multiply(bound.secret);
    // Recovery: it sends its point plus a blinding one, and takes the blinding off what comes back.
    const blinding = newPair();
    const answer = exchange.recover(jwkOf(bound.point.add(blinding.point)));
    expect(pointOf(answer!).subtract(server.multiply(blinding.secret)).equals(shared)).toBe(true);
  });

  it('refuses what is no point of the curve', () => {
    const { exchange } = newTangKeys();
    const { x, y } = exchange.jwk;
    const recover = (key: { x: string; y: string }) => exchange.recover({ kty: 'EC', crv: 'P-521', ...key });
    expect(recover({ x, y })).toBeDefined();
    expect(recover({ x, y: x })).toBeUndefined();
    expect(recover({ x: 'AA', y: 'AA' })).toBeUndefined();
    expect(recover({ x: Buffer.alloc(66, 0xff).toString('base64url'), y })).toBeUndefined();
  });

  it('shows no private part', () => {
    const { signing, exchange } = newTangKeys();
    for (const jwk of [signing.jwk, exchange.jwk]) expect(jwk).not.toHaveProperty('d');
  });
});

const isSignedBy = (key: SigningKey, payload: string, signature: { protected: string; signature: string }) =>
  verify(
    'sha512',
    Buffer.from(`${signature.protected}.${payload}`),
    {
      key: createPublicKey({ key: key.jwk as JsonWebKey, format: 'jwk' }),
      dsaEncoding: 'ieee-p1363',
    },
    Buffer.from(signature.signature, 'base64url'),
  );

describe('the advertisement', () => {
  it('is signed by the key it shows', () => {
    const keys = newTangKeys();
    const jws = JSON.parse(advertisement(keys));
    expect(isSignedBy(keys.signing, jws.payload, jws)).toBe(true);
    expect(isSignedBy(newTangKeys().signing, jws.payload, jws)).toBe(false);
    const shown = JSON.parse(Buffer.from(jws.payload, 'base64url').toString()).keys;
    expect(shown.map((key: { alg: string }) => key.alg)).toEqual(['ES512', 'ECMR']);
  });

  it('is signed by an older key too for those who trust that', () => {
    const [old, keys] = [newTangKeys(), newTangKeys()];
    const jws = JSON.parse(advertisement(keys, old.signing));
    expect(jws.signatures).toHaveLength(2);
    expect(isSignedBy(keys.signing, jws.payload, jws.signatures[0])).toBe(true);
    expect(isSignedBy(old.signing, jws.payload, jws.signatures[1])).toBe(true);
    expect(JSON.parse(advertisement(keys, keys.signing))).not.toHaveProperty('signatures');
  });
});

it('names a key by the hash of its required members, as `jose jwk thp` does', () => {
  const jwk: PublicJwk = {
    alg: 'ECMR',
    crv: 'P-521',
    key_ops: ['deriveKey'],
    kty: 'EC',
    x: 'AIRFLJQpIdUzJrr6iKdTDWBAl0bzLv5HToVySRClYKmaYVxcrOlj_Yc8sjH-80kr2kfpmAZwl-txAAeJlUSFa1C6',
    y: 'AJJnz1_AY8bYa5ZyzeZz_iFmqzjcD6-tXBTYugr44akNTxg9XHcW_reDz06Hq0UuijV2pkRu5YUG9_hLpy5MXxdQ',
  };
  expect(thumbprint(jwk)).toBe('zNCH6BXTaDpAOdzwDTSyJWytbOxwVVQVgz3_XztatL0');
  expect(isNamed(jwk, 'G4sKHwhba5nSmzrGf1OyIlhjZCU')).toBe(true);
  expect(isNamed({ ...jwk, x: jwk.y }, 'G4sKHwhba5nSmzrGf1OyIlhjZCU')).toBe(false);
});
