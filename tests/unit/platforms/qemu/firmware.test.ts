import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FirmwareWish, findFirmware, installFirmware } from '../../../../platforms/qemu/firmware.ts';

const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-firmware-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

const wish = (over: Partial<FirmwareWish>): FirmwareWish => ({
  arch: 'amd64',
  wish: undefined,
  varsFile: undefined,
  image: ['bios', 'uefi'],
  ...over,
});

describe('findFirmware', () => {
  it('takes the BIOS where the image boots from one', async () => {
    expect(await findFirmware(wish({}))).toEqual({ kind: 'bios' });
    expect(await findFirmware(wish({ wish: 'bios', image: ['uefi'] }))).toEqual({ kind: 'bios' });
  });

  it('takes a code file and a variable store of their own, as Flatcar ships them', async () => {
    const folder = scratch();
    const code = join(folder, 'flatcar_production_qemu_uefi_secure_efi_code.qcow2');
    const vars = join(folder, 'vars.fd');
    writeFileSync(code, Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'));
    writeFileSync(vars, 'variables');
    const found = await findFirmware(wish({ wish: code, varsFile: vars }));
    expect(found).toEqual({
      kind: 'uefi',
      secure: true,
      code: { file: code, format: 'qcow2' },
      vars: { file: vars, format: 'raw' },
    });
    const machine = join(folder, 'machine');
    mkdirSync(machine);
    const installed = await installFirmware(found, machine);
    expect(installed).toMatchObject({ vars: { file: join(machine, 'firmware-vars'), format: 'raw' } });
    writeFileSync(join(machine, 'firmware-vars'), 'changed');
    expect(readFileSync(vars, 'utf8')).toBe('variables');
  });

  it('takes a lone file for a BIOS', async () => {
    const file = join(scratch(), 'bios.bin');
    writeFileSync(file, 'x');
    expect(await findFirmware(wish({ wish: file }))).toEqual({ kind: 'bios', file });
  });

  it.each([
    [
      wish({ wish: '/nowhere/code.fd' }),
      /--qemu-firmware: expected bios, uefi, uefi-secure or a file, found \/nowhere\/code.fd/,
    ],
    [wish({ wish: '/dev/null', varsFile: '/x' }), /--qemu-firmware/],
    [
      wish({ wish: import.meta.filename, varsFile: '/nowhere/vars.fd' }),
      /--qemu-ovmf-vars: .*\/nowhere\/vars.fd/,
    ],
    [wish({ wish: 'uefi', varsFile: '/nowhere/vars.fd' }), /--qemu-ovmf-vars: .*\/nowhere\/vars.fd/],
    [wish({ arch: 'arm64', wish: 'bios' }), /arm64 machines have no BIOS/],
  ])('refuses what is not there (%#)', async (wanted, message) => {
    await expect(findFirmware(wanted)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(message),
    });
  });
});
