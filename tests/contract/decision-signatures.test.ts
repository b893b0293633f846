import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openMeeting } from '../../src/gate/decision/meeting.ts';
import { verifyRecord } from '../../src/gate/decision/verify.ts';
import { goInput } from '../support/gate-input.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-decision-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('signatures', () => {
  it('by SSH are checked against allowed_signers', async () => {
    const key = join(folder, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const { file } = await openMeeting(folder, goInput(), 'ann', {
      signer: { kind: 'ssh', keyFile: key, by: 'ann' },
    });
    const publicKey = readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    const allowedSigners = join(folder, 'allowed_signers');
    writeFileSync(allowedSigners, `ann ${publicKey}\n`);
    expect((await verifyRecord(file)).signatures).toMatchObject([
      { entry: 1, by: 'ann', state: 'untrusted' },
    ]);
    expect((await verifyRecord(file, { allowedSigners })).signatures).toMatchObject([{ state: 'valid' }]);
    writeFileSync(allowedSigners, `bob ${publicKey}\n`);
    const wrong = await verifyRecord(file, { allowedSigners });
    expect(wrong.problems[0]).toMatch(/signature of entry 1 by ann is not valid/);
  });

  it('by minisign are checked against the public key', async () => {
    const [secret, known] = [join(folder, 'mini.key'), join(folder, 'mini.pub')];
    execFileSync('minisign', ['-G', '-W', '-s', secret, '-p', known], { stdio: 'ignore' });
    const { file } = await openMeeting(folder, goInput(), 'ann', {
      signer: { kind: 'minisign', keyFile: secret, by: 'ann' },
    });
    expect((await verifyRecord(file, { minisign: { ann: known } })).signatures).toMatchObject([
      { state: 'valid' },
    ]);
    const text = readFileSync(file, 'utf8');
    const entry = JSON.parse(text).entries[0];
    const forged = entry.signature.text.split('\n');
    forged[1] = forged[1].replace(/^.{30}/, (part: string) => part.toUpperCase());
    writeFileSync(
      file,
      text.replace(JSON.stringify(entry.signature.text), JSON.stringify(forged.join('\n'))),
    );
    expect((await verifyRecord(file, { minisign: { ann: known } })).problems[0]).toMatch(
      /signature of entry 1/,
    );
  });

  it('that cannot be made leave no record', async () => {
    const key = join(folder, 'nokey');
    writeFileSync(key, 'no key');
    chmodSync(key, 0o600);
    await expect(
      openMeeting(folder, goInput(), 'ann', { signer: { kind: 'ssh', keyFile: key, by: 'ann' } }),
    ).rejects.toThrow(/ssh-keygen cannot sign with/);
    expect(readdirSync(folder)).toEqual(['nokey']);
  });
});
