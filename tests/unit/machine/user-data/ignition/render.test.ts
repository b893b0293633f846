import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type IgnitionConfig,
  type IgnitionVersion,
  ignitionVersions,
} from '../../../../../src/core/ignition.ts';
import {
  directory,
  file,
  filesystem,
  group,
  ignitionConfig,
  link,
  unit,
  user,
} from '../../../../../src/machine/user-data/ignition/builders.ts';
import { dataUrl, decodeDataUrl } from '../../../../../src/machine/user-data/ignition/data-url.ts';
import { renderIgnition } from '../../../../../src/machine/user-data/ignition/render.ts';

const root = '/dev/disk/by-label/ROOT';
const uuid = '9aa5237a-ab6b-458b-a7e8-f25e2baef1a3';

const problem = (config: IgnitionConfig, version: IgnitionVersion): string => {
  try {
    renderIgnition(config, version);
  } catch (error) {
    return String(error);
  }
  return 'rendered';
};

describe('3.x', () => {
  const config = ignitionConfig({
    files: [file('/etc/hostname', 'core1\n', { mode: 0o600, owner: 'core:0', overwrite: true })],
    links: [link('/etc/localtime', '/usr/share/zoneinfo/Europe/Zurich', { owner: 'core' })],
    directories: [directory('/srv/x')],
    units: [
      unit('a.service', { enabled: true, contents: '[Service]\n', dropins: { '10-x.conf': '[Unit]\n' } }),
    ],
    users: [user('core', { sshAuthorizedKeys: ['ssh-ed25519 AAAA'] })],
    groups: [group('g', { gid: 501 })],
  });

  test.each(['3.0', '3.1', '3.2', '3.3', '3.4'] as const)('%s is the model with its version', version => {
    expect(renderIgnition(config, version)).toEqual({
      ignition: { version: `${version}.0` },
      storage: {
        files: [
          {
            path: '/etc/hostname',
            mode: 384,
            overwrite: true,
            user: { name: 'core' },
            group: { id: 0 },
            contents: { source: 'data:,core1%0A' },
          },
        ],
        links: [
          { path: '/etc/localtime', target: '/usr/share/zoneinfo/Europe/Zurich', user: { name: 'core' } },
        ],
        directories: [{ path: '/srv/x', mode: 493 }],
      },
      systemd: {
        units: [
          {
            name: 'a.service',
            enabled: true,
            contents: '[Service]\n',
            dropins: [{ name: '10-x.conf', contents: '[Unit]\n' }],
          },
        ],
      },
      passwd: {
        users: [{ name: 'core', sshAuthorizedKeys: ['ssh-ed25519 AAAA'] }],
        groups: [{ name: 'g', gid: 501 }],
      },
    });
  });

  const luks = ignitionConfig({ luks: [{ name: 'data', device: '/dev/vdb', clevis: { tpm2: true } }] });
  test.each([
    ['3.1', luks, 'Ignition 3.1 has no storage.luks'],
    ['3.2', luks, 'rendered'],
    ['3.2', ignitionConfig({ kernelArguments: { shouldExist: ['quiet'] } }), 'has no kernelArguments'],
    ['3.3', ignitionConfig({ kernelArguments: { shouldExist: ['quiet'] } }), 'rendered'],
    [
      '3.0',
      ignitionConfig({ filesystems: [filesystem(root, 'ext4', { mountOptions: ['ro'] })] }),
      'has no storage.filesystems[0].mountOptions',
    ],
    ['3.0', ignitionConfig({ ignition: { proxy: { httpProxy: 'http://p' } } }), 'has no ignition.proxy'],
    [
      '3.1',
      ignitionConfig({ users: [user('x', { shouldExist: false })] }),
      'has no passwd.users[0].shouldExist',
    ],
    [
      '3.2',
      ignitionConfig({ filesystems: [filesystem('/dev/vdb', 'none')] }),
      'storage.filesystems[0].format',
    ],
    ['3.3', ignitionConfig({ filesystems: [filesystem('/dev/vdb', 'none')] }), 'rendered'],
    ['3.3', ignitionConfig({ directories: [directory('/tmp/x', { mode: 0o1777 })] }), 'drops'],
    ['3.4', ignitionConfig({ directories: [directory('/tmp/x', { mode: 0o1777 })] }), 'rendered'],
    [
      '3.0',
      ignitionConfig({
        disks: [{ device: '/dev/vda', partitions: [{ number: 9, sizeMiB: 0, resize: true }] }],
      }),
      'has no storage.disks[0].partitions[0].resize',
    ],
    [
      '3.0',
      ignitionConfig({
        files: [file('/x', { source: 'https://x', verification: { hash: `sha256-${'a'.repeat(64)}` } })],
      }),
      'storage.files[0].contents.verification.hash',
    ],
  ] as const)('%s tells what it cannot say', (version, given, expected) => {
    expect(problem(given, version)).toContain(expected);
  });
});

describe('what is wrong in any version', () => {
  test.each([
    [ignitionConfig({ files: [file('etc/x', '')] }), 'storage.files[0].path: is no absolute path'],
    [ignitionConfig({ files: [file('/etc/../x', '')] }), 'storage.files[0].path'],
    [
      ignitionConfig({ files: [file('/x', '', { mode: 644_000 })] }),
      'storage.files[0].mode: is above 0o7777',
    ],
    [ignitionConfig({ files: [file('/x', '', { mode: -1 })] }), 'storage.files[0].mode'],
    [ignitionConfig({ units: [unit('thing')] }), 'systemd.units[0].name: is no unit name'],
    [ignitionConfig({ units: [unit('a.service', { dropins: { 'x.txt': '' } })] }), 'dropins[0].name'],
    [ignitionConfig({ users: [user('a:b')] }), 'passwd.users[0].name'],
    [
      ignitionConfig({ files: [file('/x', '')], links: [link('/x', '/y')] }),
      'storage.links[0]: path /x again, as in storage.files[0]',
    ],
    [
      ignitionConfig({ units: [unit('a.service'), unit('a.service')] }),
      'systemd.units[1]: unit a.service again',
    ],
    [ignitionConfig({ users: [user('a'), user('a')] }), 'passwd.users[1]: user a again'],
    [
      ignitionConfig({ filesystems: [filesystem(root, 'ext4'), filesystem(root, 'xfs')] }),
      'storage.filesystems[1]: device',
    ],
    [{ storage: { filez: [] } } as unknown as IgnitionConfig, 'has no storage.filez'],
  ] as const)('%#', (config, expected) => {
    expect(problem(config, '3.3')).toContain(expected);
  });
});

describe('2.x', () => {
  test('files name their filesystem and paths start there', () => {
    const config = ignitionConfig({
      filesystems: [
        filesystem('/dev/vdb1', 'xfs', { path: '/var/lib/data', wipeFilesystem: true, label: 'D' }),
      ],
      files: [file('/etc/a', 'a'), file('/var/lib/data/b', 'b'), file('/var/lib/database', 'c')],
    });
    expect(renderIgnition(config, '2.3')).toMatchObject({
      ignition: { version: '2.3.0' },
      storage: {
        filesystems: [
          {
            name: 'var-lib-data',
            mount: { device: '/dev/vdb1', format: 'xfs', wipeFilesystem: true, label: 'D' },
          },
        ],
        files: [
          { filesystem: 'root', path: '/etc/a', mode: 420, contents: { source: 'data:,a' } },
          { filesystem: 'var-lib-data', path: '/b' },
          { filesystem: 'root', path: '/var/lib/database' },
        ],
      },
    });
  });

  test('2.0 makes filesystems with mkfs options, by the tool of each', () => {
    const made = (format: 'ext4' | 'btrfs' | 'xfs') =>
      renderIgnition(
        ignitionConfig({
          filesystems: [filesystem(root, format, { path: '/', wipeFilesystem: true, label: 'ROOT', uuid })],
        }),
        '2.0',
      );
    const options = { ext4: ['-L', 'ROOT', '-U', uuid], xfs: ['-L', 'ROOT', '-m', `uuid=${uuid}`] };
    for (const format of ['ext4', 'xfs'] as const)
      expect(made(format)).toMatchObject({
        storage: {
          filesystems: [
            { mount: { device: root, format, create: { force: true, options: options[format] } } },
          ],
        },
      });
    expect(made('btrfs')).toMatchObject({
      storage: { filesystems: [{ mount: { create: { options: ['--label', 'ROOT', '--uuid', uuid] } } }] },
    });
  });

  test('2.0 and 2.1 differ in users and units', () => {
    const config = ignitionConfig({
      users: [user('core', { passwordHash: 'foobar' }), user('user2', { uid: 1010, groups: ['docker'] })],
      units: [unit('a.service', { enabled: true })],
    });
    expect(renderIgnition(config, '2.0')).toMatchObject({
      passwd: {
        users: [
          { name: 'core', passwordHash: 'foobar' },
          { name: 'user2', create: { uid: 1010, groups: ['docker'] } },
        ],
      },
      systemd: { units: [{ name: 'a.service', enable: true }] },
    });
    expect(renderIgnition(config, '2.1')).toMatchObject({
      passwd: { users: [{ name: 'core' }, { name: 'user2', uid: 1010, groups: ['docker'] }] },
      systemd: { units: [{ name: 'a.service', enabled: true }] },
    });
  });

  test('sizes are sectors before 2.3', () => {
    const config = ignitionConfig({
      disks: [{ device: '/dev/vda', partitions: [{ label: 'VAR', number: 10, startMiB: 9216, sizeMiB: 1 }] }],
    });
    expect(renderIgnition(config, '2.2')).toMatchObject({
      storage: { disks: [{ partitions: [{ size: 2048, start: 18_874_368 }] }] },
    });
    expect(renderIgnition(config, '2.3')).toMatchObject({
      storage: { disks: [{ partitions: [{ sizeMiB: 1, startMiB: 9216 }] }] },
    });
  });

  test('appended pieces become entries', () => {
    const config = ignitionConfig({
      files: [{ path: '/x', append: [{ source: 'data:,a' }, { source: 'data:,b' }] }],
    });
    expect(renderIgnition(config, '2.2')).toMatchObject({
      storage: {
        files: [
          { append: true, contents: { source: 'data:,a' }, mode: 420 },
          { append: true, contents: { source: 'data:,b' } },
        ],
      },
    });
    expect(problem(config, '2.1')).toContain('Ignition 2.1 has no storage.files[0].append');
  });

  test('remote configs are appended, replaced ones replaced', () => {
    const config = ignitionConfig({
      ignition: { config: { merge: [{ source: 'http://10.0.2.2/a.ign' }] }, timeouts: { httpTotal: 30 } },
    });
    expect(renderIgnition(config, '2.1')).toEqual({
      ignition: {
        version: '2.1.0',
        config: { append: [{ source: 'http://10.0.2.2/a.ign' }] },
        timeouts: { httpTotal: 30 },
      },
    });
    expect(problem(config, '2.0')).toContain('Ignition 2.0 has no ignition.timeouts');
  });

  test.each([
    ['2.0', ignitionConfig({ links: [link('/a', '/b')] }), 'storage.links'],
    ['2.0', ignitionConfig({ directories: [directory('/a')] }), 'storage.directories'],
    ['2.0', ignitionConfig({ files: [file('/a', '', { owner: 'core' })] }), 'storage.files[0].user.name'],
    ['2.1', ignitionConfig({ files: [file('/a', '', { overwrite: false })] }), 'storage.files[0].overwrite'],
    ['2.1', ignitionConfig({ links: [link('/a', '/b', { overwrite: true })] }), 'storage.links[0].overwrite'],
    ['2.0', ignitionConfig({ units: [unit('a.service', { enabled: false })] }), 'disable a unit'],
    [
      '2.0',
      ignitionConfig({ filesystems: [filesystem(root, 'ext4', { label: 'ROOT' })] }),
      'only if it fits',
    ],
    [
      '2.0',
      ignitionConfig({ users: [user('core', { shell: '/bin/sh' })] }),
      'shell of the existing user core',
    ],
    ['2.3', ignitionConfig({ luks: [{ name: 'a', device: '/dev/vdb' }] }), 'storage.luks'],
    ['2.3', ignitionConfig({ kernelArguments: { shouldExist: ['x'] } }), 'kernelArguments'],
    [
      '2.1',
      ignitionConfig({
        ignition: { security: { tls: { certificateAuthorities: [{ source: 'data:,x' }] } } },
      }),
      'ignition.security',
    ],
    ['2.3', ignitionConfig({ ignition: { proxy: { httpProxy: 'x' } } }), 'ignition.proxy'],
  ] as const)('%s cannot say everything (%#)', (version, config, expected) => {
    expect(problem(config, version)).toMatch(/^UnsupportedByVersion: Ignition/);
    expect(problem(config, version)).toContain(expected);
  });
});

describe('1', () => {
  test('files lie in their filesystem and hold text', () => {
    const config = ignitionConfig({
      files: [file('/etc/hostname', 'core1 %\n', { owner: '500:500' })],
      groups: [group('group1', { gid: 501 })],
      users: [user('user1')],
      units: [unit('a.service', { enabled: true })],
    });
    expect(renderIgnition(config, '1')).toEqual({
      ignitionVersion: 1,
      storage: {
        filesystems: [
          {
            device: '/dev/disk/by-partlabel/ROOT',
            format: 'ext4',
            files: [{ path: '/etc/hostname', contents: 'core1 %\n', mode: 420, uid: 500, gid: 500 }],
          },
        ],
      },
      passwd: { groups: [{ name: 'group1', gid: 501 }], users: [{ name: 'user1', create: {} }] },
      systemd: { units: [{ name: 'a.service', enable: true }] },
    });
  });

  test.each([{ path: '/' }, {}])('files of the root filesystem go to the one that is made (%#)', where => {
    const config = ignitionConfig({
      filesystems: [filesystem(root, 'btrfs', { ...where, wipeFilesystem: true, uuid })],
      files: [file('/x', 'y')],
    });
    expect(renderIgnition(config, '1')).toMatchObject({
      storage: {
        filesystems: [
          { device: root, format: 'btrfs', create: { force: true }, files: [{ path: '/x', contents: 'y' }] },
        ],
      },
    });
  });

  test.each([
    [ignitionConfig({ links: [link('/a', '/b')] }), 'storage.links'],
    [ignitionConfig({ files: [file('/a', { source: 'http://x/' })] }), 'fetch http'],
    [ignitionConfig({ files: [file('/a', new Uint8Array([0xff]))] }), 'no UTF-8'],
    [ignitionConfig({ files: [file('/a', '', { owner: 'core' })] }), 'owner by name'],
    [ignitionConfig({ ignition: { timeouts: { httpTotal: 1 } } }), 'ignition.timeouts'],
  ] as const)('cannot say everything (%#)', (config, expected) => {
    expect(problem(config, '1')).toContain(`Ignition 1 has no`);
    expect(problem(config, '1')).toContain(expected);
  });
});

test('every version can write what is common to all', () => {
  const config = ignitionConfig({
    files: [file('/a', 'b', { owner: '0:0' })],
    units: [unit('x.service', { mask: true })],
  });
  for (const version of ignitionVersions)
    expect(JSON.stringify(renderIgnition(config, version))).toContain('x.service');
});

test('data URLs carry any text and any bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      // A lone surrogate has no UTF-8 and cannot stand in a config.
      fc.pre(text.isWellFormed());
      expect(Buffer.from(decodeDataUrl(dataUrl(text))!).toString()).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      expect(new Uint8Array(decodeDataUrl(dataUrl(bytes))!)).toEqual(bytes);
    }),
  );
  expect(decodeDataUrl('http://x/')).toBeUndefined();
  expect(Buffer.from(decodeDataUrl('data:;charset=utf-8;base64,YQ%3D%3D')!).toString()).toBe('a');
});
