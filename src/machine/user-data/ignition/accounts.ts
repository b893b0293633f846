import type { IgnitionUser, IgnitionVersion } from '../../../core/ignition.ts';
import { UnsupportedByVersion } from './unsupported.ts';

/** Accounts that every Flatcar image has: old versions modify these and create all others. */
const existing = new Set(['core', 'root']);

/** Versions 1 and 2.0 keep everything but password and keys in `create`, which makes a new account. */
export const accountWithCreate = (user: IgnitionUser, version: IgnitionVersion): object => {
  const { name, passwordHash, sshAuthorizedKeys, shouldExist, ...create } = user;
  if (shouldExist !== undefined)
    throw new UnsupportedByVersion(version, `removal of an account (shouldExist of user ${name})`);
  const properties = Object.keys(create);
  if (existing.has(name) && properties.length > 0)
    throw new UnsupportedByVersion(
      version,
      `change of ${properties.join(', ')} of the existing user ${name}`,
    );
  return { name, passwordHash, sshAuthorizedKeys, ...(existing.has(name) ? {} : { create }) };
};
