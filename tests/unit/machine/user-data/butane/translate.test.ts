import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runButane } from '../../../../../src/machine/user-data/butane/program.ts';
import { unitEscape } from '../../../../../src/machine/user-data/butane/sugar.ts';
import { translateButane } from '../../../../../src/machine/user-data/butane/translate.ts';
import { detectUserData } from '../../../../../src/machine/user-data/detect.ts';
import { decodeDataUrl } from '../../../../../src/machine/user-data/ignition/data-url.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-butane-'));
  mkdirSync(join(folder, 'tree/bin'), { recursive: true });
  writeFileSync(join(folder, 'motd'), 'hello\n');
  writeFileSync(join(folder, 'keys.pub'), '# mine\nssh-ed25519 AAAA one\n\nssh-ed25519 BBBB two\n');
  writeFileSync(join(folder, 'tree/bin/tool'), '#!/bin/sh\n');
  chmodSync(join(folder, 'tree/bin/tool'), 0o755);
  writeFileSync(join(folder, 'tree/plain'), 'x');
  symlinkSync('plain', join(folder, 'tree/link'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const butane = (body: string, version = '1.0.0') => `variant: flatcar\nversion: ${version}\n${body}`;
const config = (body: string, version?: string) => {
  const data = translateButane(butane(body, version), { filesDir: folder });
  if (data.kind !== 'ignition') throw new Error(`expected the typed config, found ${data.kind}`);
  return data.config;
};
const text = (source: string | undefined): string =>
  Buffer.from(decodeDataUrl(source ?? '') ?? []).toString();

describe('a Butane config', () => {
  test('has the keys of Ignition in another spelling', () => {
    const { storage, kernelArguments, passwd } = config(`
kernel_arguments:
  should_exist: [quiet]
passwd:
  users:
    - name: core
      ssh_authorized_keys: [ssh-ed25519 AAAA]
      no_create_home: true
storage:
  disks:
    - device: /dev/vda
      partitions: [{ number: 10, size_mib: 100, start_mib: 9, type_guid: 0FC63DAF-8483-4772-8E79-3D69D8477DE4 }]
  files:
    - path: /etc/hostname
      mode: 0644
      overwrite: true
      contents: { inline: core1 }
`);
    expect(kernelArguments).toEqual({ shouldExist: ['quiet'] });
    expect(passwd?.users?.[0]).toEqual({
      name: 'core',
      sshAuthorizedKeys: ['ssh-ed25519 AAAA'],
      noCreateHome: true,
    });
    expect(storage?.disks?.[0]?.partitions?.[0]).toMatchObject({ number: 10, sizeMiB: 100, startMiB: 9 });
    expect(storage?.files?.[0]?.contents).toEqual({ source: 'data:,core1' });
  });

  test('reads octal modes as they are written', () => {
    const { storage } = config('storage: { files: [{ path: /a, mode: 0755, contents: { inline: x } }] }');
    expect(storage?.files?.[0]?.mode).toBe(0o755);
  });

  test('may name local files, and no others than those of its folder', () => {
    const { storage } = config('storage: { files: [{ path: /etc/motd, contents: { local: motd } }] }');
    expect(text(storage?.files?.[0]?.contents?.source)).toBe('hello\n');
    for (const local of ['../passwd', '/etc/passwd', 'absent', 'tree'])
      expect(() => config(`storage: { files: [{ path: /x, contents: { local: ${local} } }] }`)).toThrow(
        /storage\.files\[0\]\.contents\.local: the local file/,
      );
    expect(() =>
      translateButane(butane('storage: { files: [{ path: /x, contents: { local: motd } }] }')),
    ).toThrow(/there is no folder for the local file motd/);
  });

  test('takes in trees; what has an entry of its own wins', () => {
    const { storage } = config(`
storage:
  trees: [{ local: tree, path: /opt }]
  files: [{ path: /opt/plain, contents: { inline: mine } }]
`);
    const files = Object.fromEntries(
      (storage?.files ?? []).map(({ path, mode, contents }) => [path, [mode, text(contents?.source)]]),
    );
    expect(files).toEqual({ '/opt/plain': [undefined, 'mine'], '/opt/bin/tool': [0o755, '#!/bin/sh\n'] });
    expect(storage?.links).toEqual([{ path: '/opt/link', target: 'plain' }]);
  });

  test('makes units that mount, unless there is one of that name', () => {
    const { systemd, storage } = config(`
storage:
  luks:
    - { name: far, device: /dev/vdb, clevis: { tang: [{ url: 'http://x', thumbprint: y }] } }
  filesystems:
    - { device: /dev/disk/by-label/DATA, format: ext4, path: /var/lib/my-data, with_mount_unit: true, mount_options: [noatime] }
    - { device: /dev/mapper/far, format: xfs, path: /far, with_mount_unit: true }
    - { device: /dev/vdc, format: swap, with_mount_unit: true }
    - { device: /dev/vdd, format: ext4, path: /own, with_mount_unit: true }
systemd: { units: [{ name: own.mount, contents: mine }] }
`);
    const units = Object.fromEntries((systemd?.units ?? []).map(({ name, contents }) => [name, contents]));
    expect(Object.keys(units)).toEqual([
      'own.mount',
      'var-lib-my\\x2ddata.mount',
      'far.mount',
      'dev-vdc.swap',
    ]);
    expect(units['own.mount']).toBe('mine');
    expect(units['var-lib-my\\x2ddata.mount']).toMatch(
      /After=systemd-fsck@dev-disk-by\\x2dlabel-DATA\.service\n.*Where=\/var\/lib\/my-data\nWhat=\/dev\/disk\/by-label\/DATA\nType=ext4\nOptions=noatime\n.*RequiredBy=local-fs\.target/s,
    );
    expect(units['far.mount']).toMatch(/Options=_netdev\n.*RequiredBy=remote-fs\.target/s);
    expect(units['dev-vdc.swap']).toContain('What=/dev/vdc');
    expect(JSON.stringify(storage)).not.toContain('withMountUnit');
  });

  test('1.1 has local contents of units and local keys; 1.0 has not', () => {
    const body = `
passwd: { users: [{ name: core, ssh_authorized_keys: [first], ssh_authorized_keys_local: [keys.pub] }] }
systemd: { units: [{ name: a.service, contents_local: motd, dropins: [{ name: b.conf, contents_local: motd }] }] }
`;
    const { passwd, systemd } = config(body, '1.1.0');
    expect(passwd?.users?.[0]?.sshAuthorizedKeys).toEqual([
      'first',
      'ssh-ed25519 AAAA one',
      'ssh-ed25519 BBBB two',
    ]);
    expect(systemd?.units?.[0]).toEqual({
      name: 'a.service',
      contents: 'hello\n',
      dropins: [{ name: 'b.conf', contents: 'hello\n' }],
    });
    expect(() => config(body)).toThrow(/ssh_authorized_keys_local|contents_local/);
  });

  test('of 1.1 stays a 3.4 document when 3.3 cannot say it', () => {
    const special = 'storage: { files: [{ path: /a, mode: 04755, contents: { inline: x } }] }';
    expect(translateButane(butane(special, '1.1.0'))).toMatchObject({ kind: 'ignition-raw', version: '3.4' });
    expect(() => config(special)).toThrow(/setuid/);
  });

  test.each([
    ['an unknown key', 'storage: { file: [] }', /storage\.?file|file/],
    [
      'an unknown key deep down',
      'storage: { files: [{ path: /a, content: {} }] }',
      /storage\.files\[0\]\.content/,
    ],
    ["Ignition's own spelling", 'kernelArguments: { shouldExist: [x] }', /kernelArguments: unknown key/],
    [
      'two contents',
      'storage: { files: [{ path: /a, contents: { inline: x, source: y } }] }',
      /source and inline/,
    ],
    [
      'a relative path',
      'storage: { files: [{ path: a }] }',
      /storage\.files\[0\]\.path: is no absolute path/,
    ],
    [
      'a mount without a place',
      'storage: { filesystems: [{ device: /dev/a, format: ext4, with_mount_unit: true }] }',
      /filesystems\[0\]\.path: with_mount_unit needs it/,
    ],
    ['what is no YAML', 'storage: [', /the document/],
  ])('with %s is refused, with its place in Butane words', (_, body, message) => {
    expect(() => config(body)).toThrow(message);
  });

  test.each([
    ['variant: fcos\nversion: 1.0.0', /variant: expected flatcar, found fcos/],
    ['variant: flatcar\nversion: 2.0.0', /version: expected 1\.0\.0 or 1\.1\.0, found 2\.0\.0/],
  ])('%j is refused', (document, message) => {
    expect(() => translateButane(document)).toThrow(message);
  });

  test('is recognised among user-data', () => {
    expect(detectUserData(butane('storage: { links: [{ path: /a, target: /b }] }'))).toEqual({
      kind: 'ignition',
      about: '3.3',
      config: { storage: { links: [{ path: '/a', target: '/b' }] } },
    });
  });

  test('never becomes a config without saying so: any text is translated or refused with a word', () => {
    fc.assert(
      fc.property(fc.json(), json => {
        try {
          translateButane(butane(`storage: ${json.replaceAll('\n', ' ')}`));
        } catch (error) {
          expect(error).toHaveProperty('code', 'butane-invalid');
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('unit names', () => {
  test.each([
    ['/', '-'],
    ['/var/lib/data', 'var-lib-data'],
    ['/dev/disk/by-label/A B', 'dev-disk-by\\x2dlabel-A\\x20B'],
    ['/.hidden//x/', '\\x2ehidden-x'],
    ['/ü', '\\xc3\\xbc'],
  ])('%s is %s', (path, name) => {
    expect(unitEscape(path)).toBe(name);
  });
});

describe('the butane program', () => {
  const path = process.env.PATH;
  const withProgram = async (script: string, input: string): Promise<string | undefined> => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(join(bin, 'butane'), script);
    chmodSync(join(bin, 'butane'), 0o755);
    process.env.PATH = `${bin}:${path}`;
    try {
      return await runButane(Buffer.from(input), folder);
    } finally {
      process.env.PATH = path;
    }
  };

  test('translates where it is installed, strictly', async () => {
    const script =
      '#!/bin/sh\n[ "$1" = --strict ] && [ "$2" = --files-dir ] && cat >/dev/null && echo "{}"\n';
    expect(await withProgram(script, butane(''))).toBe('{}\n');
    expect(await withProgram(script, '#cloud-config\n')).toBeUndefined();
  });

  test('has its first complaint passed on', async () => {
    const script = '#!/bin/sh\necho "warning at $.storage, line 3: unused key" >&2\nexit 1\n';
    await expect(withProgram(script, butane('x: y'))).rejects.toThrow(
      'butane refuses the user-data: warning at $.storage, line 3: unused key',
    );
  });
});
