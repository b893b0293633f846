import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enums, type PublicKey, readKeys } from 'openpgp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { examine, type SignedBy, verifyBytes } from '../../../../src/image/release/signature.ts';
import { day, makeSigningKeys, type SigningKeys } from '../../../support/signing-keys.ts';

const data = Buffer.from('what a build leaves');
let keys: SigningKeys;
let trusted: PublicKey[];
const folder = mkdtempSync(join(tmpdir(), 'kola-signature-'));
beforeAll(async () => {
  keys = await makeSigningKeys();
  trusted = await readKeys({ armoredKeys: keys.publicKey });
});
afterAll(() => rmSync(folder, { recursive: true }));

const check = async (signature: Uint8Array, armored?: string): Promise<SignedBy> =>
  verifyBytes(
    data,
    signature,
    armored === undefined ? trusted : await readKeys({ armoredKeys: armored }),
    'image.bin',
  );

test('a signature of the current subkey counts, and says who signed when', async () => {
  const at = day('2026-02-01');
  expect(await check(await keys.sign(data, { at }))).toEqual({
    primary: keys.fingerprint,
    key: keys.subkeys[1],
    at: at.getTime(),
  });
});

test('an old release stays valid when its subkey has expired since', async () => {
  const signedBy = await check(await keys.sign(data, { subkey: 0, at: day('2024-06-01') }));
  expect(signedBy.key).toBe(keys.subkeys[0]);
});

test('a signature made after the key had expired does not count', async () => {
  const early = await keys.sign(data, { subkey: 1, at: day('2026-06-01') });
  await expect(check(early, await keys.expired())).rejects.toMatchObject({
    kind: 'usage',
    code: 'signature-expired',
    message: expect.stringMatching(/signed on 2026-06-01 by .* had expired on 202[34]-/),
  });
});

test('a compromised subkey never counts, a superseded one until it was replaced', async () => {
  const signature = await keys.sign(data, { subkey: 1, at: day('2026-02-01') });
  const stolen = await keys.revoked(1, enums.reasonForRevocation.keyCompromised, day('2026-05-01'));
  await expect(check(signature, stolen)).rejects.toMatchObject({ code: 'signature-revoked' });
  const replaced = await keys.revoked(1, enums.reasonForRevocation.keySuperseded, day('2026-05-01'));
  expect((await check(signature, replaced)).key).toBe(keys.subkeys[1]);
  const later = await keys.sign(data, { subkey: 1, at: day('2026-06-01') });
  await expect(check(later, replaced)).rejects.toMatchObject({ code: 'signature-revoked' });
});

test('another key, another content, no signature and a future one are told apart', async () => {
  const other = await makeSigningKeys();
  await expect(check(await other.sign(data))).rejects.toMatchObject({ code: 'signature-unknown-key' });
  const signature = await keys.sign(Buffer.from('something else'));
  await expect(check(signature)).rejects.toMatchObject({ code: 'signature-wrong' });
  await expect(check(Buffer.from('<html>'))).rejects.toMatchObject({ code: 'signature-unreadable' });
  await expect(check(new Uint8Array())).rejects.toMatchObject({ kind: 'usage' });
  const tomorrow = await keys.sign(data, { at: new Date(Date.now() + 86_400_000) });
  await expect(check(tomorrow)).rejects.toMatchObject({ code: 'signature-future' });
});

test('one reading of a file gives its digests and its signer; one flipped bit is seen', async () => {
  const path = join(folder, 'image.bin');
  const bytes = Buffer.alloc(9_000_000, 7);
  writeFileSync(path, bytes);
  const signature = await keys.sign(bytes);
  const seen = await examine(path, { signature, keys: trusted });
  expect(seen.signedBy?.primary).toBe(keys.fingerprint);
  expect(seen.sums).toEqual({
    sha256: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    sha512: createHash('sha512').update(bytes).digest('hex'),
    bytes: bytes.length,
  });
  bytes[8_000_000]! ^= 1;
  writeFileSync(path, bytes);
  await expect(examine(path, { signature, keys: trusted })).rejects.toMatchObject({
    code: 'signature-wrong',
  });
  expect((await examine(path, undefined)).signedBy).toBeUndefined();
});
