import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFirmware } from '../../../platforms/qemu/firmware.ts';
import {
  openPrivateNetwork,
  type PrivateNetwork,
  privateIdentity,
} from '../../../platforms/qemu/private-network.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { freeAddress, type Guest, type GuestHost, type GuestSpec } from './guests.ts';
import { serve } from './server.ts';

const run = promisify(execFile);

const programs = { amd64: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' } as const;
const machines = { amd64: 'q35', arm64: 'virt,gic-version=3' } as const;
const processors = { amd64: 'Nehalem,-vme,+rdrand', arm64: 'max,pauth-impdef=on' } as const;

interface Network {
  readonly lan: PrivateNetwork;
  machines: number;
}

/** Real machines: QEMU guests started from the uploaded bytes, with the cloud's metadata service on their link. */
export class QemuGuests implements GuestHost {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kola-cloud-'));
  readonly #guests = new Set<Guest>();
  readonly #networks = new Map<string, Promise<Network>>();
  readonly #memoryMiB: number;

  constructor(memoryMiB = 1536) {
    this.#memoryMiB = memoryMiB;
  }

  async start(spec: GuestSpec): Promise<Guest> {
    const network = await this.#network(spec.network);
    const { mac, address: privateAddress } = privateIdentity(network.machines++);
    const folder = mkdtempSync(join(this.#folder, `${spec.id}-`));
    const publicAddress = await freeAddress();
    const metadata = await serve(spec.metadata);
    const consoleFile = join(folder, 'console.txt');
    writeFileSync(consoleFile, '');
    const disks = await this.#disks(spec, folder);
    const qmp = join(folder, 'qmp');
    const args = [
      ...['-machine', machines[spec.arch], '-accel', 'tcg,thread=multi', '-cpu', processors[spec.arch]],
      ...['-m', String(this.#memoryMiB), '-smp', '2', '-no-user-config', '-nodefaults', '-display', 'none'],
      ...(await firmware(spec.arch, folder)),
      ...['-chardev', `file,id=console,path=${consoleFile},append=on`, '-serial', 'chardev:console'],
      ...['-qmp', `unix:${qmp},server=on,wait=off`],
      ...['-object', 'rng-random,id=rng0,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng0'],
      ...disks,
      '-netdev',
      `user,id=outside,net=169.254.0.0/16,hostfwd=tcp:${publicAddress}:22-:22,guestfwd=tcp:169.254.169.254:80-cmd:socat - TCP4:127.0.0.1:${metadata.port}`,
      ...['-device', 'virtio-net-pci,netdev=outside,romfile='],
      ...['-netdev', `socket,id=private,mcast=230.0.0.1:${network.lan.port},localaddr=127.0.0.1`],
      ...['-device', `virtio-net-pci,netdev=private,mac=${mac},romfile=`],
    ];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', programs[spec.arch], ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    const exited = once(child, 'exit').then(() => undefined);
    const guest: Guest = {
      publicAddress,
      privateAddress,
      console: () => (existsSync(consoleFile) ? readFileSync(consoleFile, 'utf8') : ''),
      reboot: () => tellQemu(qmp, 'system_reset'),
      kill: async () => {
        child.kill('SIGKILL');
        await exited;
        await metadata.close();
        this.#guests.delete(guest);
        rmSync(folder, { recursive: true, force: true });
      },
      off: exited,
    };
    this.#guests.add(guest);
    const early = await Promise.race([exited.then(() => 'ended'), systemClock.sleep(300).then(() => 'runs')]);
    if (early === 'ended') {
      await guest.kill();
      throw new Error(`QEMU ended at once: ${complaint}`);
    }
    return guest;
  }

  async #disks(spec: GuestSpec, folder: string): Promise<string[]> {
    const boot = join(folder, 'boot.qcow2');
    await run('qemu-img', [
      'create',
      '-q',
      '-f',
      'qcow2',
      '-b',
      spec.disk,
      '-F',
      'raw',
      boot,
      String(spec.diskBytes),
    ]);
    const all = [{ file: boot, serial: 'boot' }];
    for (const [index, { serial, bytes }] of spec.extraDisks.entries()) {
      const file = join(folder, `disk${index}.qcow2`);
      await run('qemu-img', ['create', '-q', '-f', 'qcow2', file, String(bytes)]);
      all.push({ file, serial });
    }
    return [
      ...all.flatMap(({ file, serial }, index) => [
        '-drive',
        `if=none,id=disk${index},file=${file},format=qcow2,cache=unsafe,discard=unmap`,
        '-device',
        `virtio-blk-pci,drive=disk${index},serial=${serial}${index === 0 ? ',bootindex=1' : ''}`,
      ]),
      ...configDrive(spec, folder),
    ];
  }

  #network(name: string): Promise<Network> {
    const known = this.#networks.get(name);
    if (known !== undefined) return known;
    const opened = openPrivateNetwork(new AbortController().signal).then(lan => ({ lan, machines: 0 }));
    this.#networks.set(name, opened);
    return opened;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#guests].map(guest => guest.kill()));
    for (const network of this.#networks.values()) await (await network).lan.close();
    this.#networks.clear();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const configDrive = ({ configDrive: content }: GuestSpec, folder: string): string[] => {
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
  await run('cp', [files.vars.file, vars]);
  return [
    ...['-drive', `if=pflash,unit=0,format=${files.code.format},readonly=on,file=${files.code.file}`],
    ...['-drive', `if=pflash,unit=1,format=${files.vars.format},file=${vars}`],
  ];
};

const tellQemu = async (socket: string, command: string): Promise<void> => {
  const script = `{"execute":"qmp_capabilities"}\n{"execute":"${command}"}\n`;
  const child = spawn('socat', ['-t1', '-', `UNIX-CONNECT:${socket}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(script);
  await once(child, 'exit');
};
