import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, describe, expect, test } from 'vitest';
import { fingerprintOf, makeKeyPair, publicKeyBlob } from '../../../../src/machine/ssh/keys.ts';

/** Of Debian's openssh-client. */
const keygen = '/usr/bin/ssh-keygen';
const folder = mkdtempSync(join(tmpdir(), 'kola-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a key pair', () => {
  test('is what OpenSSH takes for one, with the same public half and fingerprint', () => {
    // Several, as lengths and padding differ with the comment.
    for (const comment of ['', 'k', 'kola run', 'a-longer-comment@host']) {
      const pair = makeKeyPair(comment);
      const file = join(folder, 'key');
      writeFileSync(file, pair.privateKey, { mode: 0o600 });
      const derived = execFileSync(keygen, ['-y', '-f', file], { encoding: 'utf8' }).trim();
      expect(derived.split(' ').slice(0, 2)).toEqual(pair.publicKey.split(' ').slice(0, 2));
      expect(execFileSync(keygen, ['-l', '-f', file], { encoding: 'utf8' })).toContain(pair.fingerprint);
    }
  });

  test('is what ssh2 takes for one, and signs what its public half verifies', () => {
    const pair = makeKeyPair('x');
    const parsed = ssh2.utils.parseKey(pair.privateKey);
    if (parsed instanceof Error) throw parsed;
    const signature = parsed.sign('message');
    expect(parsed.verify('message', signature)).toBe(true);
    expect(fingerprintOf(parsed.getPublicSSH())).toBe(pair.fingerprint);
    expect(publicKeyBlob(pair.publicKey).equals(parsed.getPublicSSH())).toBe(true);
  });

  test('is another one each time', () => {
    expect(makeKeyPair('x').fingerprint).not.toBe(makeKeyPair('x').fingerprint);
  });

  test('has a comment of one line, and a public key of the right kind', () => {
    expect(() => makeKeyPair('two\nlines')).toThrow(TypeError);
    expect(() => publicKeyBlob('ssh-rsa AAAA x')).toThrow(/expected a public key "ssh-ed25519/);
  });
});
