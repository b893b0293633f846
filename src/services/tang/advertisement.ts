import { base64url } from './jwk.ts';
import type { SigningKey, TangKeys } from './keys.ts';

/**
 * The public keys as a JWK set, signed (RFC 7515, JSON serialisation) by the current signing key and, when a
 * client trusts an older one, by that too: this is how trust survives a rotation.
 */
export const advertisement = (keys: TangKeys, alsoSignedBy?: SigningKey): string => {
  const payload = base64url(JSON.stringify({ keys: [keys.signing.jwk, keys.exchange.jwk] }));
  const header = base64url(JSON.stringify({ alg: 'ES512', cty: 'jwk-set+json' }));
  const signers = [...new Set([keys.signing, ...(alsoSignedBy === undefined ? [] : [alsoSignedBy])])];
  const signatures = signers.map(key => ({
    protected: header,
    signature: key.sign(`${header}.${payload}`),
  }));
  const [only, ...others] = signatures;
  return JSON.stringify(others.length === 0 ? { payload, ...only } : { payload, signatures });
};
