import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { firstMountOption } from '../../../scenarios/coretest/cl.basic.ts';
import { parseUidMap } from '../../../scenarios/docker/docker.userns.ts';
import { networkBeforeSwitch } from '../../../scenarios/network/cl.network.initramfs.second-boot.ts';
import { parseBoolean } from '../../../scenarios/security/coreos.selinux.boolean.ts';
import { findCommand, offenders, searches } from '../../../scenarios/storage/cl.filesystem.ts';
import { parseVerityStatus } from '../../../scenarios/storage/cl.verity.ts';
import { longLine } from '../../../scenarios/systemd/systemd.sysusers.gshadow.ts';
import { wrongShells } from '../../../scenarios/users/cl.users.shells.ts';
import { ProductError } from '../../../src/core/errors.ts';
import {
  expectedDriver,
  parseDockerInfo,
  strangeSecurityOptions,
} from '../../../src/machine/guest/docker-info.ts';
import { parseNetstat, strangers } from '../../../src/machine/guest/listeners.ts';

describe('cl.network.listeners', () => {
  const head = `Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    
`;
  const good = `${head}tcp        0      0 127.0.0.53:53           0.0.0.0:*               LISTEN      210/systemd-resolve 
tcp        0      0 127.0.0.1:43391         0.0.0.0:*               LISTEN      812/containerd      
tcp6       0      0 :::22                   :::*                    LISTEN      1/init              
udp        0      0 127.0.0.53:53           0.0.0.0:*                           210/systemd-resolve 
udp        0      0 10.0.2.15:68            0.0.0.0:*                           180/systemd-network 
udp        0      0 0.0.0.0:44444           0.0.0.0:*                           190/systemd-timesyn 
udp6       0      0 fe80::5054:ff:fe12:546  :::*                                180/systemd-network 
tcp        0      0 127.0.0.1:25            0.0.0.0:*               LISTEN      99/(ending)         
`;
  test('what is known passes', () => {
    expect(parseNetstat(good)).toHaveLength(7);
    expect(strangers(parseNetstat(good))).toEqual([]);
  });

  test.each([
    [
      'tcp        0      0 0.0.0.0:111             0.0.0.0:*               LISTEN      300/rpcbind         ',
      'tcp 111 rpcbind',
    ],
    [
      'tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      300/sshd            ',
      'tcp 22 sshd',
    ],
    [
      'tcp6       0      0 :::5355                 :::*                    LISTEN      210/systemd-resolve ',
      'tcp 5355 systemd-resolve',
    ],
    [
      'udp        0      0 0.0.0.0:68              0.0.0.0:*                           300/dhclient        ',
      'udp 68 dhclient',
    ],
    [
      'tcp        0      0 0.0.0.0:2049            0.0.0.0:*               LISTEN      -                   ',
      'tcp 2049 -',
    ],
    [
      'tcp        0      0 0.0.0.0:80              0.0.0.0:*               LISTEN      7/systemd-res       ',
      'tcp 80 systemd-res',
    ],
  ])('a stranger is named: %s', (line, name) => {
    expect(strangers(parseNetstat(good + line))).toEqual([name]);
  });

  test('another form of output is refused', () => {
    expect(() => parseNetstat('')).toThrow('header of netstat');
    expect(() => parseNetstat('Active Internet connections\nProto Local\n')).toThrow('header of netstat');
    expect(() => parseNetstat(`${head}garbage\n`)).toThrow('no line of netstat');
  });
});

describe('cl.users.shells', () => {
  const good =
    'root:x:0:0:root:/root:/bin/bash\nbin:x:1:1:bin:/bin:/sbin/nologin\nsync:x:5:0:s:/:/bin/sync\ncore:x:500:500:Flatcar Admin:/home/core:/bin/bash\n';
  test('knows who may have one', () => {
    expect(wrongShells(good)).toEqual([]);
    for (const bad of [
      'bin:x:1:1:bin:/bin:/bin/bash',
      'root:x:0:0:root:/root:/bin/zsh',
      'x:x:1:1::/:',
      'short:x:1',
      'halt:x:7:0:h:/sbin:/sbin/nologin',
      'long:x:1:1:::/sbin/nologin:more',
    ])
      expect(wrongShells(`${good}${bad}\n`)).toEqual([bad]);
  });
});

describe('cl.filesystem', () => {
  test('what is not allowed is left', () => {
    const suid = searches.find(({ name }) => name === 'suid')!;
    expect(offenders('/usr/bin/sudo\n/usr/bin/su\n', suid.allowed)).toEqual([]);
    expect(offenders('/usr/bin/sudo\n/usr/bin/bash\n', suid.allowed)).toEqual(['/usr/bin/bash']);
    expect(offenders('')).toEqual([]);
  });

  test('seven searches, each with its own part of the tree left out', () => {
    expect(searches.map(({ name }) => name)).toEqual([
      'deadlinks',
      'suid',
      'sgid',
      'writablefiles',
      'writabledirs',
      'stickydirs',
      'blacklist',
    ]);
    for (const search of searches) expect(findCommand(search)).toContain('-path /proc');
  });
});

describe('docker', () => {
  const info = (changes: object) =>
    parseDockerInfo(
      JSON.stringify({
        ServerVersion: '28.0.4',
        Driver: 'overlay2',
        CgroupDriver: 'systemd',
        SecurityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'],
        Runtimes: { runc: { path: 'runc' } },
        ...changes,
      }),
    );
  test('security options', () => {
    expect(strangeSecurityOptions(info({}))).toEqual([]);
    expect(
      strangeSecurityOptions(info({ SecurityOptions: ['name=seccomp,profile=default', 'name=rootless'] })),
    ).toEqual(['rootless']);
    expect(strangeSecurityOptions(info({ SecurityOptions: [] }))).toEqual(['(no seccomp)']);
    expect(strangeSecurityOptions(info({ SecurityOptions: null }))).toEqual(['(no seccomp)']);
  });

  test('a daemon that does not answer is the product’s fault, in its own words', () => {
    const json = '{"ID":"","ServerErrors":["Cannot connect to the Docker daemon"]}';
    expect(() => parseDockerInfo(json)).toThrow(ProductError);
    expect(() => parseDockerInfo(json)).toThrow('Cannot connect to the Docker daemon');
  });

  test('drivers and maps', () => {
    expect(expectedDriver('20.10.24')).toBe('overlay2');
    expect(expectedDriver('29.0.0')).toBe('overlayfs');
    expect(parseUidMap('         0     100000      65536\n')).toEqual([0, 100_000, 65_536]);
    expect(parseUidMap('0 0 4294967295')).not.toEqual([0, 100_000, 65_536]);
  });
});

describe('cl.network.initramfs.second-boot', () => {
  test.each([
    'Reached target Switch Root.\nStarting Network Service...\nStarted Network Service.',
    'Reached target initrd-switch-root.target - Switch Root.\nStarted systemd-networkd.service - Network Configuration.',
    'Reached target initrd-switch-root.target.\nwlan0: x\nStarted Network Configuration.',
  ])('networkd after the switch is right (%#)', journal => {
    expect(networkBeforeSwitch(journal)).toBeUndefined();
  });

  test.each([
    ['', 'nothing of either unit'],
    ['Starting Network Service...\nReached target Switch Root.', 'networkd ran before'],
    ['eth0: Gained carrier\nReached target Switch Root.\nStarted Network Service.', 'expected the switch'],
    ['Reached target Switch Root.', 'not started after'],
    ['Reached target Switch Root.\nStarting Network Service...', 'not started after'],
  ])('anything else is wrong (%#)', (journal, problem) => {
    expect(networkBeforeSwitch(journal)).toContain(problem);
  });
});

describe('cl.verity', () => {
  const status = `/dev/mapper/usr is active and is in use.
  type:        VERITY
  status:      verified
  hash type:   1
  data block:  4096
  hash block:  4096
  hash name:   sha256
  data device: /dev/vda3
  size:        2080752 sectors
  mode:        readonly
  hash device: /dev/vda3
  hash offset: 2080760 sectors
`;
  test('status is read in both forms', () => {
    const read = {
      dataDevice: '/dev/vda3',
      hashDevice: '/dev/vda3',
      treeOffset: 1_065_349_120,
      hashBlock: 4096,
      verified: true,
    };
    expect(parseVerityStatus(status)).toEqual(read);
    expect(
      parseVerityStatus(status.replace('2080760 sectors', '2080760 [512-byte units] (1065349120 [bytes])')),
    ).toEqual(read);
    expect(parseVerityStatus(status.replace('verified', 'corrupted'))?.verified).toBe(false);
    expect(parseVerityStatus('/dev/mapper/usr is inactive.')).toBeUndefined();
    expect(parseVerityStatus(status.replace(/hash offset.*/, ''))).toBeUndefined();
  });
});

test('cl.basic: the first option of a mount', () => {
  const mounts = '/dev/vda9 / ext4 rw,relatime 0 0\n/dev/mapper/usr /usr squashfs ro,seclabel 0 0\n';
  expect(firstMountOption(mounts, '/usr')).toBe('ro');
  expect(firstMountOption(mounts, '/')).toBe('rw');
  expect(firstMountOption(mounts, '/boot')).toBeUndefined();
  // What is mounted last is what is seen.
  expect(firstMountOption(`${mounts}x /usr ext4 rw 0 0`, '/usr')).toBe('rw');
});

test('systemd.sysusers.gshadow: the line just fits the buffer', () => {
  expect(longLine().length).toBeGreaterThan(980);
  expect(longLine().length).toBeLessThan(1024);
  expect(longLine().split(',')).toHaveLength(48);
});

describe('cl.filesystem on a real tree', () => {
  const found = (name: string, spoil: (root: string) => void): readonly string[] => {
    const root = mkdtempSync(join(tmpdir(), 'kola-tree-'));
    try {
      for (const folder of ['usr/bin', 'usr/share', 'proc', 'tmp', 'var/lib/docker', 'etc'])
        mkdirSync(join(root, folder), { recursive: true });
      for (const path of ['usr/bin/base32', 'etc/P_1-2.conf', 'usr/bin/sudo'])
        writeFileSync(join(root, path), '');
      chmodSync(join(root, 'usr/bin/sudo'), 0o4755);
      chmodSync(join(root, 'tmp'), 0o1777);
      spoil(root);
      const search = searches.find(candidate => candidate.name === name)!;
      const output = execFileSync('bash', ['-c', findCommand(search, root, '')], { encoding: 'utf8' });
      return offenders(output.replaceAll(root, ''), search.allowed);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  };
  const touch = (path: string, mode?: number) => (root: string) => {
    writeFileSync(join(root, path), '');
    if (mode !== undefined) chmodSync(join(root, path), mode);
  };
  const folder = (path: string, mode: number) => (root: string) => {
    mkdirSync(join(root, path));
    chmodSync(join(root, path), mode);
  };

  test.each(searches.map(({ name }) => name))('%s is content with a clean tree', name => {
    expect(found(name, () => {})).toEqual([]);
  });

  test.each([
    ['deadlinks', (root: string) => symlinkSync('/nowhere/at/all', join(root, 'etc/dead')), ['/etc/dead']],
    ['suid', touch('usr/bin/other', 0o4755), ['/usr/bin/other']],
    ['sgid', touch('usr/bin/other', 0o2755), ['/usr/bin/other']],
    ['writablefiles', touch('etc/open', 0o666), ['/etc/open']],
    ['writabledirs', folder('etc/open', 0o777), ['/etc/open']],
    ['stickydirs', folder('etc/sticky', 0o1777), ['/etc/sticky']],
    ['blacklist', touch('usr/bin/python3.11'), ['/usr/bin/python3.11']],
    ['blacklist', touch('usr/bin/bash.old'), ['/usr/bin/bash.old']],
    ['blacklist', folder('usr/share/man', 0o755), ['/usr/share/man']],
    ['blacklist', touch('etc/a b'), ['/etc/a b']],
    ['blacklist', touch('etc/a\nb'), ['/etc/a?b']],
    ['blacklist', touch('etc/\x7f'), ['/etc/\x7f']],
    ['suid', touch('var/lib/docker/x', 0o4755), []],
  ] as const)('%s finds what is wrong (%#)', (name, spoil, expected) => {
    expect(found(name, spoil)).toEqual(expected);
  });
});

test('coreos.selinux.boolean: one line of getsebool', () => {
  expect(parseBoolean('container_use_nfs --> off\n')).toBe('off');
  expect(parseBoolean('container_use_nfs --> on')).toBe('on');
  expect(parseBoolean('getsebool:  SELinux is disabled')).toBeUndefined();
});
