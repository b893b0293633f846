import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { UserDataKind } from '../../../../src/core/image.ts';
import type { UserData } from '../../../../src/core/user-data.ts';
import type { Additions } from '../../../../src/machine/user-data/additions.ts';
import { ownDigest } from '../../../../src/machine/user-data/digest.ts';
import {
  directory,
  file,
  filesystem,
  ignition,
  inline,
  link,
  unit,
  user,
} from '../../../../src/machine/user-data/ignition/builders.ts';
import { decodeDataUrl } from '../../../../src/machine/user-data/ignition/data-url.ts';
import { renderUserData } from '../../../../src/machine/user-data/render.ts';
import { manifest } from '../../../support/manifest.ts';

/** Looks like a key and is none. */
const body = [
  'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQ',
  'QyNTUxOQAAACBxu7777777777777777777777777777777777777777w==',
];
const privateKey = [
  '-----BEGIN OPENSSH PRIVATE KEY-----',
  ...body,
  '-----END OPENSSH PRIVATE KEY-----',
  '',
].join('\n');

const additions: Additions = {
  user: 'core',
  authorizedKeys: ['ssh-ed25519 AAAAharness kola'],
  hostKey: { privateKey, publicKey: 'ssh-ed25519 AAAAhost' },
  disableUpdates: true,
  metadata: { publicIPv4: '10.0.2.15', privateIPv4: '192.168.30.11' },
};
const nothing: Additions = { user: 'core', authorizedKeys: [], disableUpdates: false };

const takes = (...userData: UserDataKind[]) => manifest({ userData });

interface Parsed {
  ignition: { version: string };
  passwd: { users: { name: string; sshAuthorizedKeys?: string[]; groups?: string[] }[] };
  storage: { files: { path: string; mode: number; contents: { source: string } }[] };
  systemd: { units: { name: string; contents?: string; dropins?: { name: string }[] }[] };
}
const render = (own: UserData, image = manifest(), added = additions) => {
  const rendered = renderUserData(own, added, image);
  return { ...rendered, json: () => JSON.parse(rendered.text) as Parsed };
};
const contentsOf = (json: Parsed, path: string): string => {
  const entry = json.storage.files.find(candidate => candidate.path === path);
  return Buffer.from(decodeDataUrl(entry!.contents.source)!).toString();
};

describe('the version', () => {
  const own = ignition({ files: [file('/x', 'y')] }, '2.0');
  test.each([
    [own, takes('ignition-2.0', 'ignition-3.3'), 'ignition 2.0.0'],
    [own, takes('ignition-3.0', 'ignition-3.3'), 'ignition 3.0.0 (scenario is about 2.0)'],
    [own, takes('ignition-1', 'ignition-2.1'), 'ignition 2.1.0 (scenario is about 2.0)'],
    [ignition({}), takes('ignition-3.0', 'ignition-3.3', 'ignition-3.4'), 'ignition 3.3.0'],
    [{ kind: 'default' } as const, takes('ignition-2.3', 'ignition-3.0'), 'ignition 3.0.0'],
    [ignition({ files: [file('/x', 'y')] }, '1'), takes('ignition-1'), 'ignition 1'],
    // The nearest version has no links: the next one that has them is taken.
    [
      ignition({ links: [link('/a', '/b')] }, '1'),
      takes('ignition-2.0', 'ignition-2.3'),
      'ignition 2.3.0 (scenario is about 1)',
    ],
  ])('%#', (data, image, form) => {
    expect(render(data, image).form).toBe(form);
  });

  test('a version that cannot say it is an error, not a smaller config', () => {
    const luks = ignition({ luks: [{ name: 'data', device: '/dev/vdb' }] });
    expect(() => render(luks, takes('ignition-3.0', 'ignition-3.1'))).toThrow(
      'Ignition 3.1 has no storage.luks',
    );
    const wanted = ignition({ links: [link('/a', '/b')] }, '2.0');
    expect(() => render(wanted, takes('ignition-2.0', 'ignition-3.3'))).toThrow(
      'Ignition 2.0 has no storage.links',
    );
    expect(() => render(own, takes('cloud-config'))).toThrow('the image takes no version of Ignition');
    expect(() => render({ kind: 'script', text: '#!/bin/bash' }, takes('ignition-3.3'))).toThrow(
      'takes no script',
    );
  });
});

describe('the additions', () => {
  test('a bare document gets keys, host key, update.conf and the metadata unit', () => {
    const json = render({ kind: 'default' }).json();
    expect(json.passwd.users).toEqual([{ name: 'core', sshAuthorizedKeys: additions.authorizedKeys }]);
    expect(contentsOf(json, '/etc/ssh/ssh_host_ed25519_key')).toBe(privateKey);
    expect(json.storage.files.map(({ path, mode }) => [path, mode])).toEqual([
      ['/etc/ssh/ssh_host_ed25519_key', 0o600],
      ['/etc/ssh/ssh_host_ed25519_key.pub', 0o644],
      ['/etc/flatcar/update.conf', 0o644],
    ]);
    expect(contentsOf(json, '/etc/flatcar/update.conf')).toBe('SERVER=disabled\n');
    const contents = json.systemd.units[0]?.contents ?? '';
    expect(contents).toContain(
      `'echo -e "COREOS_CUSTOM_PUBLIC_IPV4=10.0.2.15\\\\nCOREOS_CUSTOM_PRIVATE_IPV4=192.168.30.11" >`,
    );
    expect(contents).toContain('ln -sfn flatcar /run/metadata/coreos');
  });

  test('what the scenario wrote stays', () => {
    const json = render(
      ignition({
        users: [user('core', { passwordHash: 'foobar', sshAuthorizedKeys: ['ssh-rsa own'] }), user('other')],
        files: [file('/etc/flatcar/update.conf', 'GROUP=mine\n', { mode: 0o600 })],
        units: [unit('coreos-metadata.service', { dropins: { '10-own.conf': '[Unit]\n' } })],
      }),
    ).json();
    expect(json.passwd.users).toEqual([
      {
        name: 'core',
        passwordHash: 'foobar',
        sshAuthorizedKeys: ['ssh-rsa own', ...additions.authorizedKeys],
      },
      { name: 'other' },
    ]);
    expect(contentsOf(json, '/etc/flatcar/update.conf')).toBe('GROUP=mine\n');
    expect(json.storage.files.filter(({ path }) => path === '/etc/flatcar/update.conf')).toMatchObject([
      { mode: 0o600 },
    ]);
    expect(json.systemd.units[0]).toMatchObject({ dropins: [{ name: '10-own.conf' }] });
    expect(json.systemd.units[0]?.contents).toContain('[Service]');
  });

  test('a link, a directory or a masked unit of the scenario is left alone', () => {
    const json = render(
      ignition({
        links: [link('/etc/flatcar/update.conf', '/dev/null')],
        directories: [directory('/etc/flatcar')],
        units: [unit('coreos-metadata.service', { mask: true })],
      }),
    ).json();
    expect(json.storage.files.map(({ path }) => path)).not.toContain('/etc/flatcar/update.conf');
    expect(json.systemd.units).toEqual([{ name: 'coreos-metadata.service', mask: true }]);
  });

  test('another login user gets keys and sudo', () => {
    const own = ignition({ users: [user('flatcar', { groups: ['systemd-journal'] })] });
    const json = render(own, manifest(), { ...additions, user: 'flatcar' }).json();
    expect(json.passwd.users).toEqual([
      { name: 'flatcar', groups: ['systemd-journal', 'sudo'], sshAuthorizedKeys: additions.authorizedKeys },
    ]);
  });

  test('none means none', () => {
    expect(render({ kind: 'default' }, manifest(), nothing).json()).toEqual({
      ignition: { version: '3.3.0' },
    });
    expect(render({ kind: 'empty' })).toMatchObject({ channel: 'none', text: '', form: 'none' });
  });

  test('debug drop-ins join the unit', () => {
    const dropins = [{ unit: 'sshd@.service', name: '10-debug.conf', contents: '[Service]\n' }];
    const json = render({ kind: 'default' }, manifest(), { ...nothing, dropins }).json();
    expect(json.systemd.units).toEqual([
      { name: 'sshd@.service', dropins: [{ name: '10-debug.conf', contents: '[Service]\n' }] },
    ]);
  });

  test('a host key of the scenario and a replaced config are refused', () => {
    expect(() => render(ignition({ files: [file('/etc/ssh/ssh_host_ed25519_key', 'x')] }))).toThrow(
      'recognises the machine',
    );
    expect(() => render(ignition({ ignition: { config: { replace: { source: 'http://x/' } } } }))).toThrow(
      'throws away the keys',
    );
  });

  test('version 1 puts them on the root filesystem that the scenario makes', () => {
    const own = ignition(
      { filesystems: [filesystem('/dev/disk/by-label/ROOT', 'btrfs', { path: '/', wipeFilesystem: true })] },
      '1',
    );
    const json: unknown = JSON.parse(render(own, takes('ignition-1')).text);
    expect(json).toMatchObject({
      storage: {
        filesystems: [{ device: '/dev/disk/by-label/ROOT', format: 'btrfs', files: { length: 3 } }],
      },
    });
  });

  test('foreign documents keep their version and their parts', () => {
    const text = JSON.stringify({
      ignition: { version: '2.2.0' },
      storage: { files: [{ filesystem: 'root', path: '/a', contents: { source: 'data:,b' } }] },
    });
    const rendered = render({ kind: 'ignition-raw', version: '2.2', text });
    expect(rendered.form).toBe('ignition 2.2.0');
    expect(rendered.json().storage.files[0]).toEqual({
      filesystem: 'root',
      path: '/a',
      contents: { source: 'data:,b' },
    });
    expect(rendered.json().storage.files).toHaveLength(4);
    const wrong = JSON.stringify({ ignition: { version: '2.2.0' }, storage: { luks: [] } });
    expect(() => render({ kind: 'ignition-raw', version: '2.2', text: wrong })).toThrow(
      'Ignition 2.2 has no storage.luks',
    );
  });
});

describe('addresses', () => {
  test('stand for the variables of the metadata unit, in units and in files', () => {
    const json = render(
      ignition({
        files: [file('/x', 'ip $private_ipv4, $public_ipv4; $private_ipv4s'), file('/y', '100 %')],
        units: [unit('e.service', { contents: '[Service]\nExecStart=/bin/e $private_ipv4\n' })],
      }),
    ).json();
    expect(contentsOf(json, '/x')).toBe(
      'ip \x24{COREOS_CUSTOM_PRIVATE_IPV4}, \x24{COREOS_CUSTOM_PUBLIC_IPV4}; $private_ipv4s',
    );
    expect(json.systemd.units[0]?.contents).toContain('/bin/e \x24{COREOS_CUSTOM_PRIVATE_IPV4}');
  });

  test('a platform may have variables of its own', () => {
    const added: Additions = { ...nothing, addressVariables: { publicIPv4: 'PUB', privateIPv4: 'PRIV' } };
    const { text } = render(
      { kind: 'script', text: '#!/bin/sh\necho $private_ipv4 $public_ipv4\n' },
      manifest(),
      added,
    );
    expect(text).toBe('#!/bin/sh\necho PRIV PUB\n');
  });
});

describe('cloud-config', () => {
  const text =
    '#cloud-config\n# mine\nhostname: core1\nssh_authorized_keys:\n  - ssh-rsa own\nwrite_files:\n  - path: /foo\n    content: bar\n';
  test('is completed in its own format', () => {
    const rendered = render({ kind: 'cloud-config', text });
    expect(rendered.form).toBe('cloud-config');
    expect(rendered.channel).toBe('cloudinit');
    expect(rendered.text).toMatch(/^#cloud-config\n# mine\nhostname: core1\n/);
    const parsed: unknown = parse(rendered.text);
    expect(parsed).toMatchObject({
      ssh_authorized_keys: ['ssh-rsa own', ...additions.authorizedKeys],
      write_files: [
        { path: '/foo', content: 'bar' },
        { path: '/etc/ssh/ssh_host_ed25519_key', permissions: '0600', content: privateKey },
        {},
        { path: '/etc/flatcar/update.conf', content: 'SERVER=disabled\n' },
      ],
      coreos: { units: [{ name: 'coreos-metadata.service' }] },
    });
  });

  test('its own update.conf stays, an empty one is filled, a broken one refused', () => {
    const own = '#cloud-config\nwrite_files:\n  - path: /etc/flatcar/update.conf\n    content: mine\n';
    const parsed: unknown = parse(render({ kind: 'cloud-config', text: own }).text);
    expect(JSON.stringify(parsed).match(/update\.conf/g)).toHaveLength(1);
    const bare: unknown = parse(render({ kind: 'cloud-config', text: '#cloud-config\n' }).text);
    expect(bare).toMatchObject({ ssh_authorized_keys: additions.authorizedKeys });
    expect(() => render({ kind: 'cloud-config', text: '#cloud-config\n- a\n' })).toThrow('keys and values');
    expect(() => render({ kind: 'cloud-config', text: '#cloud-config\na: [\n' })).toThrow(
      'no valid cloud-config',
    );
    expect(() => render({ kind: 'cloud-config', text: '#cloud-config\nwrite_files: 1\n' })).toThrow(
      'write_files is no list',
    );
  });
});

describe('scripts', () => {
  test('get the keys where they ask for them', () => {
    const { text } = render(
      { kind: 'script', text: '#!/bin/bash\ncat <<EOF >keys\n@SSH_KEYS@\nEOF\n' },
      manifest(),
      { ...nothing, authorizedKeys: ['ssh-a $&', 'ssh-b'] },
    );
    expect(text).toBe('#!/bin/bash\ncat <<EOF >keys\nssh-a $&\nssh-b\nEOF\n');
  });

  test('the rest is done first, and only where the shell can', () => {
    const { text } = render({ kind: 'script', text: '#!/bin/sh\nexit 0\n' });
    const lines = text.split('\n');
    expect(lines[0]).toBe('#!/bin/sh');
    expect(lines.indexOf('exit 0')).toBeGreaterThan(
      lines.findIndex(line => line.includes('authorized_keys')),
    );
    const encoded =
      /^echo (\S+) \| base64 -d \| install -D -m 0600 \/dev\/stdin \/etc\/ssh\/ssh_host_ed25519_key$/m.exec(
        text,
      );
    expect(Buffer.from(encoded![1]!, 'base64').toString()).toBe(privateKey);
    expect(() => render({ kind: 'script', text: '#!/usr/bin/python3\n' })).toThrow('expected sh or bash');
  });
});

describe('multipart', () => {
  const text =
    'Content-Type: multipart/mixed;\n boundary="=-b"\nMIME-Version: 1.0\n\n--=-b\nContent-Type: text/plain\n\nhello\n--=-b--\n';
  test('gets one more part', () => {
    const rendered = render({ kind: 'multipart', text }).text;
    expect(rendered.startsWith(text.slice(0, text.indexOf('--=-b--')))).toBe(true);
    expect(rendered.endsWith('--=-b--\n')).toBe(true);
    const parts = rendered.split(/^--=-b(?:--)?$/m);
    expect(parts).toHaveLength(4);
    const added: unknown = parse(Buffer.from(parts[2]!.split('\n\n')[1]!, 'base64').toString());
    expect(added).toMatchObject({ ssh_authorized_keys: additions.authorizedKeys });
  });

  test('without an end or a boundary it is refused', () => {
    expect(() => render({ kind: 'multipart', text: text.replace('--=-b--', '') })).toThrow('no closing');
    expect(() => render({ kind: 'multipart', text: 'Content-Type: text/plain\n\nx' })).toThrow('no boundary');
  });
});

describe('redaction', () => {
  const key = (chars: string): string =>
    `-----BEGIN RSA PRIVATE KEY-----\n${chars.match(/.{1,64}/g)!.join('\n')}\n-----END RSA PRIVATE KEY-----\n`;
  const base64Chars = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const keyBody = fc.string({ unit: fc.constantFrom(...base64Chars), minLength: 128, maxLength: 400 });

  /** Every way in which a piece of user-data can carry a text. */
  const carriers: Record<string, (text: string) => UserData> = {
    'plain in a unit': text => ignition({ units: [unit('a.service', { contents: text })] }),
    'percent-encoded': text => ignition({ files: [file('/k', text)] }),
    base64: text => ignition({ files: [file('/k', Buffer.from(`x ${text}`))] }),
    gzip: text => ignition({ files: [file('/k', { ...inline(gzipSync(text)), compression: 'gzip' })] }),
    'appended, base64 in text': text =>
      ignition({ files: [{ path: '/k', append: [inline(`key: ${Buffer.from(text).toString('base64')}`)] }] }),
    'luks key file': text => ignition({ luks: [{ name: 'a', device: '/dev/vdb', keyFile: inline(text) }] }),
    'cloud-config': text => ({
      kind: 'cloud-config',
      text: `#cloud-config\nwrite_files:\n  - path: /k\n    content: |\n${text.replaceAll(/^/gm, '      ')}\n`,
    }),
    'cloud-config b64+gzip': text => ({
      kind: 'cloud-config',
      text: `#cloud-config\nwrite_files:\n  - path: /k\n    encoding: gz+b64\n    content: ${gzipSync(text).toString('base64')}\n`,
    }),
    script: text => ({ kind: 'script', text: `#!/bin/bash\ncat >k <<EOF\n${text}EOF\n` }),
    multipart: text => ({
      kind: 'multipart',
      text: `Content-Type: multipart/mixed; boundary="bb"\n\n--bb\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n${Buffer.from(
        text,
      )
        .toString('base64')
        .match(/.{1,76}/g)!
        .join('\n')}\n--bb--\n`,
    }),
  };

  /** Everything that can be read out of a text by undoing one or two encodings. */
  const readings = (text: string): string[] => {
    const percent = text.replaceAll(/%[0-9a-f]{2}/gi, code =>
      String.fromCharCode(Number.parseInt(code.slice(1), 16)),
    );
    const blobs = [...percent.matchAll(/[A-Za-z0-9+/=]{16,}(?:\s+[A-Za-z0-9+/=]+)*/g)].flatMap(([blob]) => {
      const bytes = Buffer.from(blob.replaceAll(/\s/g, ''), 'base64');
      return [bytes.toString('latin1')];
    });
    return [text, percent, ...blobs];
  };

  test.each(Object.keys(carriers))('no byte of a private key is left: %s', name => {
    fc.assert(
      fc.property(keyBody, chars => {
        const { redacted, text } = render(carriers[name]!(key(chars)));
        const pieces = [
          chars.slice(0, 24),
          chars.slice(64, 88),
          body[0]!.slice(0, 30),
          body[1]!.slice(0, 30),
        ];
        for (const reading of readings(redacted))
          for (const piece of pieces) expect(reading).not.toContain(piece);
        expect(text).not.toBe(redacted);
      }),
      { numRuns: 20 },
    );
  });

  test('the real text has the key, and what is no secret stays readable', () => {
    const { text, redacted } = render(ignition({ files: [file('/etc/motd', 'hello')] }));
    expect(decodeURIComponent(text)).toContain(body[0]);
    expect(redacted).toContain('data:,hello');
    expect(redacted).toContain('ssh-ed25519 AAAAharness kola');
    expect(redacted).toContain('redacted%20private%20key');
  });

  test('password hashes, WireGuard keys and header values go too', () => {
    const hash = '$6$rounds=4096$saltsalt$abcdefghijklmnop';
    const { redacted } = render(
      ignition({
        users: [user('core', { passwordHash: 'foobar' })],
        files: [
          file('/s', `core:${hash}:1`),
          file('/w', '[Interface]\nPrivateKey = kDw0mxk=\nAddress = 10.100.0.2\n'),
          file('/h', { source: 'https://x/', httpHeaders: [{ name: 'Authorization', value: 'Basic abc' }] }),
        ],
      }),
    );
    for (const secret of ['foobar', 'abcdefghijklmnop', 'kDw0mxk', 'Basic abc'])
      expect(decodeURIComponent(redacted)).not.toContain(secret);
    expect(decodeURIComponent(redacted)).toContain('10.100.0.2');
  });
});

describe('the digest', () => {
  test('is that of the scenario alone', () => {
    const own = ignition({ files: [file('/x', 'y')], users: [user('a')] });
    const other = ignition({ users: [user('a')], files: [file('/x', 'y')] });
    const first = render(own).ownDigest;
    expect(first).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(render(other, manifest(), { ...additions, authorizedKeys: ['ssh-ed25519 OTHER'] }).ownDigest).toBe(
      first,
    );
    expect(render(own, takes('ignition-2.0')).ownDigest).toBe(first);
    expect(ownDigest(ignition({ files: [file('/x', 'z')], users: [user('a')] }))).not.toBe(first);
    expect(ownDigest(ignition({ files: [file('/x', 'y')], users: [user('a')] }, '2.0'))).not.toBe(first);
  });
});
