import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  changesBetween,
  parseFingerprint,
  takeFingerprint,
} from '../../../../src/machine/guest/fingerprint.ts';
import { keepingFiles } from '../../../../src/machine/guest/put-back.ts';
import { fakeMachine } from '../../../support/fake-machine.ts';

const base = [
  'unit docker.socket\tactive listening',
  'unit docker.service\tinactive dead',
  'mount /usr\text4 /dev/mapper/usr ro',
  'file /etc/passwd\tf 0644 root:root ',
  'hash /etc/passwd\tabcdef',
  'account user core\tcore:x:500:500::/home/core:/bin/bash',
  'sysctl vm.swappiness\t60',
  'listener tcp 00000000:0016\topen',
];
const of = (...lines: string[]) =>
  parseFingerprint([...lines, 'end reached\tyes', ''].join('\n')) ?? new Map();
const changed = (...lines: string[]) => changesBetween(of(...base), of(...lines));
const without = (text: string): string[] => base.filter(line => !line.includes(text));

describe('a fingerprint', () => {
  it('is equal to itself', () => {
    expect(changed(...base)).toEqual([]);
    expect(of(...base).size).toBe(base.length - 1);
  });

  it.each([
    [
      'a unit that was started',
      [...without('docker.service'), 'unit docker.service\tactive running'],
      '+ units: docker.service',
    ],
    ['a unit that failed', [...base, 'unit x.service\tfailed failed'], '+ units: x.service'],
    ['a unit that was stopped', without('docker.socket'), '- units: docker.socket'],
    ['a mount', [...base, 'mount /mnt\ttmpfs tmpfs rw'], '+ mounts: /mnt'],
    [
      'a remount',
      [...without('mount'), 'mount /usr\text4 /dev/mapper/usr rw'],
      '~ mounts: /usr: ext4 /dev/mapper/usr ro → ext4 /dev/mapper/usr rw',
    ],
    ['a file', [...base, 'file /etc/x\tf 0644 root:root '], '+ files: /etc/x'],
    ['other contents', [...without('hash'), 'hash /etc/passwd\t000000'], '~ contents: /etc/passwd'],
    ['a user', [...base, 'account user u\tu:x:1000:1000::/home/u:/bin/sh'], '+ accounts: user u'],
    ['a sysctl', [...without('sysctl'), 'sysctl vm.swappiness\t10'], '~ kernel: vm.swappiness: 60 → 10'],
    ['a listener', [...base, 'listener tcp 0100007F:1F90\topen'], '+ listeners: tcp 0100007F:1F90'],
  ])('shows %s', (_, lines, change) => {
    expect(changed(...lines)).toEqual([change]);
  });

  it.each([
    'unit session-4.scope\tactive running',
    'unit run-u12.service\tactive running',
    'unit systemd-hostnamed.service\tactive running',
    'unit systemd-tmpfiles-clean.service\tactivating start',
    'mount /run/user/500\ttmpfs tmpfs rw',
    'mount /boot\tvfat /dev/vda1 rw',
    'file /etc/.pwd.lock\tf 0600 root:root ',
    'hash /etc/shadow-\t123',
    'file /var/lib/systemd/timers/stamp-x.timer\tf 0644 root:root ',
    'file /tmp/systemd-private-abc\td 0700 root:root ',
    'sysctl kernel.random.uuid\tx',
    'sysctl fs.file-nr\t992 0 92',
    'listener udp 0F02000A:C001\topen',
  ])('leaves out what moves by itself: %s', line => {
    expect(changed(...base, line)).toEqual([]);
  });

  it('is none when the machine said but half of it', () => {
    expect(parseFingerprint(base.join('\n'))).toBeUndefined();
  });

  it('says what kept it from being taken', async () => {
    const machine = fakeMachine([[/sudo sh/, { code: 127, stderr: 'sh: awk: not found\n' }]]);
    await expect(takeFingerprint(machine, AbortSignal.timeout(1000))).rejects.toThrow(
      'sh exited 127: sh: awk: not found',
    );
  });
});

describe('files that are put back', () => {
  /** Runs on this machine, with `sudo` taken off. */
  const here = {
    ...fakeMachine([]),
    run: async (command: string) => execFileSync('bash', ['-c', command.replace(/^sudo /, '')]).toString(),
  };

  it('are as before, those that were not there gone, also when the body fails', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kola-put-back-'));
    const [old, fresh] = [join(folder, 'it’s old'), join(folder, 'fresh')];
    try {
      writeFileSync(old, 'before');
      const broken = keepingFiles(here, [old, fresh], async () => {
        writeFileSync(old, 'after');
        writeFileSync(fresh, 'new');
        throw new Error('the body failed');
      });
      await expect(broken).rejects.toThrow('the body failed');
      expect(readFileSync(old, 'utf8')).toBe('before');
      expect(() => readFileSync(fresh)).toThrow('ENOENT');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
