import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configDrive } from '../../../../platforms/qemu/config-drive.ts';
import { makeIso } from '../../../../platforms/qemu/iso9660.ts';

/** Walks a volume by its folder records, as a kernel does. */
const readVolume = (volume: Buffer): Map<string, string> => {
  const files = new Map<string, string>();
  const descriptor = volume.subarray(16 * 2048);
  expect(descriptor.toString('latin1', 0, 7)).toBe('\x01CD001\x01');
  const walk = (at: number, path: string): void => {
    for (let offset = at * 2048; volume[offset] !== 0; offset += volume[offset]!) {
      const start = volume.readUInt32LE(offset + 2);
      expect(volume.readUInt32BE(offset + 6)).toBe(start);
      const name = volume.toString('latin1', offset + 33, offset + 33 + volume[offset + 32]!);
      if (name === '\0' || name === '\x01') continue;
      if (volume[offset + 25] === 2) walk(start, `${path}${name}/`);
      else
        files.set(
          `${path}${name}`,
          volume.toString('utf8', start * 2048, start * 2048 + volume.readUInt32LE(offset + 10)),
        );
    }
  };
  walk(descriptor.readUInt32LE(156 + 2), '');
  return files;
};

describe('a config drive', () => {
  it('has the label and the files that guests look for', () => {
    const drive = configDrive('#cloud-config\nhostname: x\n', 'kola-1', 'ssh-ed25519 AAAA');
    expect(drive.toString('latin1', 16 * 2048 + 40, 16 * 2048 + 72).trimEnd()).toBe('config-2');
    const files = readVolume(drive);
    expect(files.get('OPENSTACK/LATEST/USER_DATA.;1')).toBe('#cloud-config\nhostname: x\n');
    expect(JSON.parse(files.get('OPENSTACK/LATEST/META_DATA.JSON;1') ?? '')).toEqual({
      uuid: 'kola-1',
      public_keys: { kola: 'ssh-ed25519 AAAA' },
    });
  });

  it('is an ISO 9660 volume to other programs', () => {
    const drive = configDrive('x'.repeat(5000), 'kola-1', undefined);
    const folder = mkdtempSync(join(tmpdir(), 'kola-iso-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'drive.iso'), drive);
    const answer = execFileSync('/sbin/blkid', ['-p', '-o', 'export', join(folder, 'drive.iso')]).toString();
    expect(answer).toContain('LABEL=config-2\n');
    expect(answer).toContain('TYPE=iso9660\n');
    expect(readVolume(drive).get('OPENSTACK/LATEST/USER_DATA.;1')).toHaveLength(5000);
  });

  it('refuses what does not fit its folders', () => {
    const files = Array.from({ length: 60 }, (_, n) => ({ path: `file_${n}`, content: Buffer.alloc(0) }));
    expect(() => makeIso('x', files)).toThrow(RangeError);
  });
});
