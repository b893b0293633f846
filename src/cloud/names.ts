import { createHash } from 'node:crypto';

/**
 * A name that every vendor takes: lower-case letters, digits and `-`, begins with a letter, at most `most` characters.
 * What is too long is cut and told apart by a hash. It is unique in the run, stands in the ledger, and serves as the
 * idempotency token of the create call.
 */
export const cloudName = (run: string, what: string, most = 63): string => {
  const plain = `kola-${run}-${what}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-+$/, '');
  if (plain.length <= most) return plain;
  const hash = createHash('sha256').update(`${run}\0${what}`).digest('hex').slice(0, 8);
  return `${plain.slice(0, most - 9).replace(/-+$/, '')}-${hash}`;
};
