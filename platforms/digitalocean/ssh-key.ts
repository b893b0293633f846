import { createHash, generateKeyPairSync } from 'node:crypto';
import { factText, readFactText } from '../../src/cloud/fact-text.ts';
import { faultOf } from '../../src/cloud/fault.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { md5Fingerprint } from '../../src/cloud/ssh-fingerprint.ts';
import type { DoCloud } from './connect.ts';
import { sshKey } from './schemas.ts';

/** Droplets of imported images have to be given a key; nobody has the other half of this one. */
export const throwAwayKey = (): string => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const field = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]);
  return `ssh-ed25519 ${blob.toString('base64')} nobody`;
};

const findKey = async (
  cloud: DoCloud,
  publicKey: string,
  signal: AbortSignal,
): Promise<number | undefined> => {
  try {
    const { id } = await cloud.library('getExistingKey', sshKey, signal, client =>
      client.ssh.getExistingKey(md5Fingerprint(publicKey)),
    );
    return id;
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error;
    return undefined;
  }
};

/** The id of a key: that which the account has already, else a new one of `owner`. */
export const ensureKey = async (
  cloud: DoCloud,
  publicKey: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<number> => {
  const known = await findKey(cloud, publicKey, signal);
  if (known !== undefined) return known;
  const what = `key-${createHash('sha256').update(publicKey).digest('hex').slice(0, 8)}`;
  return owner.create('ssh-key', what, async ({ tags }) => {
    try {
      const key = { name: factText(tags), public_key: publicKey };
      const { id } = await cloud.library(
        'createNewKey',
        sshKey,
        signal,
        client => client.ssh.createNewKey(key),
        {
          creates: true,
        },
      );
      return { id: String(id), value: id };
    } catch (error) {
      // The answer to a first try was lost: the key is there.
      if (faultOf(error)?.kind !== 'exists') throw error;
      const there = await findKey(cloud, publicKey, signal);
      if (there === undefined) throw error;
      return { id: String(there), value: there };
    }
  });
};

/** Writes a later end of lease into the name of a key. */
export const renameKey = async (
  cloud: DoCloud,
  id: string,
  facts: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> => {
  const { name, public_key } = await cloud.library('getExistingKey', ownKey, signal, client =>
    client.ssh.getExistingKey(id),
  );
  const key = { name: factText({ ...readFactText(name), ...facts }), public_key };
  await cloud.library('updateKey', sshKey, signal, client => client.ssh.updateKey(id, key));
};

const ownKey = sshKey.extend({ public_key: sshKey.shape.name });
