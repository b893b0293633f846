import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  installerConfig,
  installerUrls,
  ipxeScript,
  paths,
} from '../../../../platforms/equinixmetal/installer.ts';

interface Config {
  readonly storage: {
    readonly files: readonly { readonly path: string; readonly contents: { readonly source: string } }[];
  };
  readonly systemd: {
    readonly units: readonly { readonly name: string; readonly mask?: boolean; readonly contents?: string }[];
  };
}

const read = (
  wish: Parameters<typeof installerConfig>[0],
): { files: Map<string, string>; config: Config } => {
  const config: Config = JSON.parse(installerConfig(wish));
  const files = new Map(
    config.storage.files.map(({ path, contents }) => [
      path,
      Buffer.from(contents.source.replace('data:;base64,', ''), 'base64').toString('utf8'),
    ]),
  );
  return { files, config };
};

const imageUrl = 'http://192.0.2.1:8000/word/image.bin.bz2';

describe('installerConfig', () => {
  it('hands any user-data over as it is, and the address of the image', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), userData => {
        const { files } = read({ imageUrl, userData, channel: 'ignition' });
        expect(files.get(paths.userData)).toBe(userData);
        expect(files.get(paths.imageUrl)).toBe(`${imageUrl}\n`);
      }),
    );
  });

  it.each([
    ['ignition', 'x', '-f image.bin.bz2 -i /userdata >'],
    ['cloudinit', 'x', '-f image.bin.bz2 -i /noop.ign -c /userdata >'],
    ['none', '', '-f image.bin.bz2  >'],
    // A scenario that wants nothing at all gets nothing, whatever its channel is called.
    ['ignition', '', '-f image.bin.bz2  >'],
  ] as const)('calls flatcar-install for %s %j with %s', (channel, userData, expected) => {
    const { files } = read({ imageUrl, userData, channel });
    expect(files.get('/opt/kola/install')).toContain(expected);
    expect(files.has(paths.userData)).toBe(userData !== '');
  });

  it('keeps SSH of the installer shut and listens on port 9', () => {
    const { config } = read({ imageUrl, userData: '', channel: 'none' });
    const masked = config.systemd.units.filter(({ mask }) => mask === true).map(({ name }) => name);
    expect(masked).toEqual(expect.arrayContaining(['sshd.socket', 'sshd.service']));
    const socket = config.systemd.units.find(({ name }) => name === 'kola-signal.socket');
    expect(socket?.contents).toContain('ListenStream=9\n');
  });
});

describe('ipxeScript', () => {
  it('boots Flatcar’s current installer with the configuration', () => {
    const script = ipxeScript('amd64', installerUrls('amd64', {}), 'http://192.0.2.1/c.ign');
    expect(script.split('\n')).toEqual([
      '#!ipxe',
      expect.stringMatching(
        /^kernel https:\/\/stable\.release\.flatcar-linux\.net\/amd64-usr\/current\/flatcar_production_pxe\.vmlinuz .*flatcar\.oem\.id=packet ignition\.config\.url=http:\/\/192\.0\.2\.1\/c\.ign console=ttyS1,115200n8$/,
      ),
      expect.stringMatching(/^initrd .*\/flatcar_production_pxe_image\.cpio\.gz$/),
      'boot',
      '',
    ]);
  });

  it('leaves the console of arm64 to the firmware', () => {
    expect(ipxeScript('arm64', installerUrls('arm64', {}), 'http://x/')).not.toContain('console=');
  });

  it('takes kernel and initrd from where they were said to lie', () => {
    expect(installerUrls('arm64', { base: 'http://h/dir/', initrd: 'http://h/i' })).toEqual({
      kernel: 'http://h/dir/flatcar_production_pxe.vmlinuz',
      initrd: 'http://h/i',
    });
  });
});
