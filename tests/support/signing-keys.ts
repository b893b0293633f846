import * as openpgp from 'openpgp';

const year = 365 * 24 * 3600;
export const day = (text: string): Date => new Date(`${text}T12:00:00Z`);

/** A primary key of 2022 with a signing subkey of 2023 that expired in 2025, and one of 2025 that is good for years. */
export interface SigningKeys {
  readonly fingerprint: string;
  readonly publicKey: string;
  readonly subkeys: readonly [string, string];
  /** Detached and binary. `subkey`: 0 = the expired one, 1 = the current one. */
  sign(data: Uint8Array, options?: { readonly subkey?: 0 | 1; readonly at?: Date }): Promise<Uint8Array>;
  /** The public key after the subkey was revoked. */
  revoked(subkey: 0 | 1, flag: openpgp.enums.reasonForRevocation, at: Date): Promise<string>;
  /** The public key with every part expired two years after it was made. */
  expired(): Promise<string>;
}

export const makeSigningKeys = async (): Promise<SigningKeys> => {
  const { privateKey } = await openpgp.generateKey({
    userIDs: [{ name: 'Test Buildbot', email: 'buildbot@example.org' }],
    date: day('2022-01-01'),
    subkeys: [
      { sign: true, date: day('2023-01-01'), keyExpirationTime: 2 * year },
      { sign: true, date: day('2025-01-01'), keyExpirationTime: 20 * year },
    ],
    format: 'object',
  });
  const idOf = (index: 0 | 1): openpgp.KeyID => privateKey.subkeys[index]!.getKeyID();
  const sign: SigningKeys['sign'] = async (data, { subkey = 1, at } = {}) =>
    await openpgp.sign({
      message: await openpgp.createMessage({ binary: data }),
      signingKeys: privateKey,
      signingKeyIDs: [idOf(subkey)],
      detached: true,
      format: 'binary',
      date: at ?? (subkey === 0 ? day('2024-06-01') : day('2026-02-01')),
    });
  return {
    fingerprint: privateKey.getFingerprint().toUpperCase(),
    publicKey: privateKey.toPublic().armor(),
    subkeys: [0, 1].map(index => privateKey.subkeys[index]!.getFingerprint().toUpperCase()) as [
      string,
      string,
    ],
    sign,
    revoked: async (index, flag, at) => {
      const copy = await openpgp.readPrivateKey({ armoredKey: privateKey.armor() });
      const packet = copy.keyPacket as openpgp.SecretKeyPacket;
      copy.subkeys[index] = await copy.subkeys[index]!.revoke(packet, { flag, string: 'test' }, at);
      return copy.toPublic().armor();
    },
    expired: async () => {
      const copy = await openpgp.readPrivateKey({ armoredKey: privateKey.armor() });
      const { publicKey } = await openpgp.reformatKey({
        privateKey: copy,
        userIDs: [{ name: 'Test Buildbot', email: 'buildbot@example.org' }],
        keyExpirationTime: 2 * year,
        date: day('2025-01-02'),
        format: 'object',
      });
      return publicKey.armor();
    },
  };
};
