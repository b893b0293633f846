import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFirmware } from '../../../platforms/qemu/firmware.ts';
import { freeAddress, type Guest, type GuestHost, type GuestSpec } from './guests.ts';
import {
  diskArguments,
  machineArguments,
  makeDisk,
  Networks,
  removeFolder,
  startQemu,
  tellQemu,
} from './qemu-process.ts';
import { serve } from './server.ts';

/** Real machines: QEMU guests started from the uploaded bytes, with the cloud's metadata service on their link. */
export class QemuGuests implements GuestHost {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kola-cloud-'));
  readonly #guests = new Set<Guest>();
  readonly #networks = new Networks();
  readonly #memoryMiB: number;

  constructor(memoryMiB = 1536) {
    this.#memoryMiB = memoryMiB;
  }

  async start(spec: GuestSpec): Promise<Guest> {
    const card = await this.#networks.join(spec.network);
    const folder = mkdtempSync(join(this.#folder, `${spec.id}-`));
    const publicAddress = await freeAddress();
    const metadata = await serve(spec.metadata);
    const consoleFile = join(folder, 'console.txt');
    writeFileSync(consoleFile, '');
    const qmp = join(folder, 'qmp');
    const clear = async (): Promise<void> => {
      await metadata.close();
      if (existsSync(folder)) removeFolder(folder, spec.id);
    };
    const qemu = await startQemu(spec.arch, [
      ...machineArguments(spec.arch, this.#memoryMiB, qmp),
      ...(await firmware(spec.arch, folder)),
      ...['-chardev', `file,id=console,path=${consoleFile},append=on`, '-serial', 'chardev:console'],
      ...(await disks(spec, folder)),
      '-netdev',
      `user,id=outside,net=169.254.0.0/16,hostfwd=tcp:${publicAddress}:22-:22,guestfwd=tcp:169.254.169.254:80-cmd:socat - TCP4:127.0.0.1:${metadata.port}`,
      ...['-device', 'virtio-net-pci,netdev=outside,romfile='],
      ...card.args,
    ]).catch(async (error: unknown) => {
      await clear();
      throw error;
    });
    let text = '';
    const guest: Guest = {
      publicAddress,
      privateAddress: card.address,
      console: () => {
        if (existsSync(consoleFile)) text = readFileSync(consoleFile, 'utf8');
        return text;
      },
      reboot: () => tellQemu(qmp, 'system_reset'),
      kill: async () => {
        await qemu.kill();
        guest.console();
        this.#guests.delete(guest);
        await clear();
      },
      off: qemu.ended,
    };
    this.#guests.add(guest);
    return guest;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#guests].map(guest => guest.kill()));
    await this.#networks.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const disks = async (spec: GuestSpec, folder: string): Promise<readonly string[]> => {
  const boot = join(folder, 'boot.qcow2');
  await makeDisk(boot, spec.diskBytes, spec.disk);
  const all = [...diskArguments('boot', boot, 'boot', 1)];
  for (const [index, { serial, bytes }] of spec.extraDisks.entries()) {
    const file = join(folder, `disk${index}.qcow2`);
    await makeDisk(file, bytes);
    all.push(...diskArguments(`disk${index}`, file, serial));
  }
  return [...all, ...configDrive(spec, folder), ...disc(spec, folder)];
};

/** A drive for discs tells guests that it is one, which a disk on virtio-blk cannot. */
const disc = ({ disc: content }: GuestSpec, folder: string): readonly string[] => {
  if (content === undefined) return [];
  const file = join(folder, 'disc.udf');
  writeFileSync(file, content);
  return [
    ...['-drive', `if=none,id=disc,file=${file},format=raw,media=cdrom,readonly=on`],
    ...['-device', 'virtio-scsi-pci,id=discs', '-device', 'scsi-cd,bus=discs.0,drive=disc'],
  ];
};

const configDrive = ({ configDrive: content }: GuestSpec, folder: string): readonly string[] => {
  if (content === undefined) return [];
  const file = join(folder, 'config-drive.iso');
  writeFileSync(file, content);
  return [
    ...['-drive', `if=none,id=config,file=${file},format=raw,readonly=on`],
    ...['-device', 'virtio-blk-pci,drive=config,serial=config-drive'],
  ];
};

/** amd64 boots with SeaBIOS, arm64 has UEFI only. */
const firmware = async (arch: GuestSpec['arch'], folder: string): Promise<string[]> => {
  if (arch === 'amd64') return [];
  const files = await findFirmware({ arch, wish: 'uefi', varsFile: undefined, image: ['uefi'] });
  if (files.kind !== 'uefi') throw new Error('no UEFI firmware for arm64');
  const vars = join(folder, 'vars.fd');
  await promisify(execFile)('cp', [files.vars.file, vars]);
  return [
    ...['-drive', `if=pflash,unit=0,format=${files.code.format},readonly=on,file=${files.code.file}`],
    ...['-drive', `if=pflash,unit=1,format=${files.vars.format},file=${vars}`],
  ];
};
