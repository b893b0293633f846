import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { command } from '../../../src/cli/commands/run.ts';
import { discoverPlatforms } from '../../../src/cli/discover.ts';
import { parseArguments } from '../../../src/cli/options/commander.ts';
import { platformSettings } from '../../../src/cli/platform-settings.ts';
import { plainRequest } from '../../../src/cli/run-request.ts';
import { resolveSettings } from '../../../src/cli/settings/resolve.ts';
import type { Settings } from '../../../src/cli/settings/settings.ts';
import { scenario } from '../../../src/core/scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'kola-run-flags-'));
afterAll(() => rmSync(folder, { recursive: true }));
const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@here';
writeFileSync(join(folder, 'id.pub'), `${publicKey}\n`);

const specs = await command.options();
const platforms = await discoverPlatforms();
const qemu = platforms.filter(({ name }) => name === 'qemu');
const settingsOf = (argv: readonly string[]): Settings => {
  const { given } = parseArguments({ name: 'run', summary: '', options: specs }, argv, { write: () => {} });
  return resolveSettings({ specs, flags: given, env: {}, file: new Map() });
};

const qemuOptions = async (...argv: string[]): Promise<unknown> => {
  const [platform] = qemu;
  if (platform === undefined) throw new Error('no QEMU');
  return platformSettings(platform, settingsOf(argv));
};

test.each([
  [['--qemu-firmware=uefi'], { qemuFirmware: 'uefi' }],
  [['--qemu-bios=bios-256k.bin'], { qemuFirmware: 'bios-256k.bin' }],
  [
    ['--qemu-firmware=code.qcow2', '--qemu-ovmf-vars=vars.qcow2'],
    { qemuFirmware: 'code.qcow2', qemuOvmfVars: 'vars.qcow2' },
  ],
  [['--qemu-vnc=0'], { qemuVnc: '0' }],
  [['--qemu-skip-mangle'], {}],
  [['--qemu-grow-base-disk-by=5G'], { qemuGrowBaseDiskBy: 5 * 2 ** 30 }],
  [['--qemu-tpm'], { qemuTpm: true }],
  [['--enable-secureboot'], { qemuFirmware: 'uefi-secure' }],
  [['--enable-secureboot', '--qemu-firmware=uefi-secure'], { qemuFirmware: 'uefi-secure' }],
  [
    [
      '--enable-secureboot',
      '--qemu-firmware=flatcar_production_qemu_uefi_secure_efi_code.qcow2',
      '--qemu-ovmf-vars=flatcar_production_qemu_uefi_secure_efi_vars.qcow2',
    ],
    {
      qemuFirmware: 'flatcar_production_qemu_uefi_secure_efi_code.qcow2',
      qemuOvmfVars: 'flatcar_production_qemu_uefi_secure_efi_vars.qcow2',
    },
  ],
])('%j reaches QEMU', async (argv, options) => {
  expect(await qemuOptions(...argv)).toEqual(options);
});

test.each([
  ['--qemu-firmware=bios', /--enable-secureboot contradicts --qemu-firmware bios/],
  [
    '--qemu-firmware=OVMF_CODE.fd',
    /expected --qemu-firmware OVMF_CODE.fd to name a firmware with secure boot/,
  ],
])('--enable-secureboot does not go with %s', async (flag, says) => {
  await expect(qemuOptions('--enable-secureboot', flag)).rejects.toThrow(says);
});

const requestOf = (...argv: string[]) =>
  plainRequest({
    settings: settingsOf(argv),
    terminal: {
      out: () => {},
      err: () => {},
      write: () => {},
      env: { XDG_STATE_HOME: folder },
      cwd: folder,
      interactive: false,
      outIsTty: false,
    },
    argv,
    platforms: qemu,
    scenarios: [
      scenario({
        name: 'a',
        description: 'a',
        allow: { rules: ['oops'] },
        run: async t => t.ok('x', true, ''),
      }),
    ],
    selection: { patterns: [], tags: [], multiply: 1 },
    signal: new AbortController().signal,
  });

test.each([
  [['-j', '7'], { parallel: 7 }],
  [['--parallel=auto'], { parallel: 'auto' }],
  [['--output-dir', 'out'], { outputDir: join(folder, 'out') }],
  [['--remove=false'], { keep: true }],
  [['-r'], { keep: false }],
  [['--fail-fast'], { failFast: true }],
  [['--key', 'id.pub'], { extraKeys: [publicKey] }],
  [['--retries=3', '--retries-product=2'], { retries: { infrastructure: 3, product: 2 } }],
  [['--seed=5'], { seed: 5 }],
])('%j reaches the engine', async (argv, expected) => {
  expect(await requestOf(...argv)).toMatchObject(expected);
});

test('--disable-selinux-avc-checks adds to what a scenario allows, and takes nothing away', async () => {
  const rules = async (...argv: string[]) => (await requestOf(...argv)).scenarios[0]?.allow.rules;
  expect(await rules()).toEqual(['oops']);
  expect(await rules('--disable-selinux-avc-checks')).toEqual(['oops', 'selinux-denial']);
});
