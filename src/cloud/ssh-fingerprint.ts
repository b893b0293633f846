import { createHash } from 'node:crypto';

/** MD5 of an authorized_keys line, as the APIs of DigitalOcean and Hetzner name keys: an account has each once. */
export const md5Fingerprint = (publicKey: string): string =>
  createHash('md5')
    .update(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64'))
    .digest('hex')
    .replace(/(..)(?=.)/g, '$1:');
