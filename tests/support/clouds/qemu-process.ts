import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  openPrivateNetwork,
  type PrivateNetwork,
  privateIdentity,
} from '../../../platforms/qemu/private-network.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { GuestSpec } from './guests.ts';

export type Arch = GuestSpec['arch'];

const programs = { amd64: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' } as const;
const machines = { amd64: 'q35', arm64: 'virt,gic-version=3' } as const;
const processors = { amd64: 'Nehalem,-vme,+rdrand', arm64: 'max,pauth-impdef=on' } as const;

/** What every simulated machine has: processor, memory, a source of randomness, QEMU's control socket. */
export const machineArguments = (arch: Arch, memoryMiB: number, qmp: string): readonly string[] => [
  ...['-machine', machines[arch], '-accel', 'tcg,thread=multi', '-cpu', processors[arch]],
  ...['-m', String(memoryMiB), '-smp', '1', '-no-user-config', '-nodefaults', '-display', 'none'],
  ...['-qmp', `unix:${qmp},server=on,wait=off`],
  ...['-object', 'rng-random,id=rng0,filename=/dev/urandom', '-device', 'virtio-rng-pci,rng=rng0'],
];

/** A drive, and the disk that the machine sees. */
export const diskArguments = (
  id: string,
  file: string,
  serial: string,
  bootIndex?: number,
): readonly string[] => [
  '-drive',
  `if=none,id=${id},file=${file},format=qcow2,cache=unsafe,discard=unmap,detect-zeroes=unmap`,
  '-device',
  `virtio-blk-pci,drive=${id},serial=${serial}${bootIndex === undefined ? '' : `,bootindex=${bootIndex}`}`,
];

/** Makes a disk that grows as it is written; `over` is a raw disk below it. */
export const makeDisk = async (file: string, bytes: number, over?: string): Promise<void> => {
  const backing = over === undefined ? [] : ['-b', over, '-F', 'raw'];
  await promisify(execFile)('qemu-img', ['create', '-q', '-f', 'qcow2', ...backing, file, String(bytes)]);
};

export interface QemuProcess {
  /** Resolves when it has ended, also by its own doing. */
  readonly ended: Promise<void>;
  /** Cuts the power; resolves when it has ended. */
  kill(): Promise<void>;
}

/** Starts QEMU, which ends with this process; rejects when it ends at once. */
export const startQemu = async (arch: Arch, args: readonly string[]): Promise<QemuProcess> => {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', programs[arch], ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ended = once(child, 'exit').then(() => undefined);
  const early = await Promise.race([ended.then(() => 'ended'), systemClock.sleep(300).then(() => 'runs')]);
  if (early === 'ended') throw new Error(`QEMU ended at once: ${complaint}`);
  return {
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};

export const tellQemu = async (socket: string, command: string): Promise<void> => {
  const script = `{"execute":"qmp_capabilities"}\n{"execute":"${command}"}\n`;
  const child = spawn('socat', ['-t1', '-', `UNIX-CONNECT:${socket}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin.end(script);
  await once(child, 'exit');
};

/** Takes a machine's folder away; its console stays in the folder that `KOLA_SIM_CONSOLES` names, for those who look for a fault. */
export const removeFolder = (folder: string, id: string): void => {
  const keep = process.env.KOLA_SIM_CONSOLES;
  if (keep !== undefined) {
    mkdirSync(keep, { recursive: true });
    copyFileSync(join(folder, 'console.txt'), join(keep, `${id}.txt`));
  }
  rmSync(folder, { recursive: true, force: true });
};

interface Network {
  readonly lan: PrivateNetwork;
  machines: number;
}

/** The private networks of a cloud: machines that name the same one are on one Ethernet. */
export class Networks {
  readonly #networks = new Map<string, Promise<Network>>();

  /** A card on a network, with its address: the next one, or that of the machine with this number. */
  async join(
    name: string,
    number?: number,
  ): Promise<{ readonly address: string; readonly args: readonly string[] }> {
    const network = await this.#network(name);
    const { mac, address } = privateIdentity(number ?? network.machines++);
    return {
      address,
      args: [
        ...['-netdev', `socket,id=private,mcast=230.0.0.1:${network.lan.port},localaddr=127.0.0.1`],
        ...['-device', `virtio-net-pci,netdev=private,mac=${mac},romfile=`],
      ],
    };
  }

  #network(name: string): Promise<Network> {
    const known = this.#networks.get(name);
    if (known !== undefined) return known;
    const opened = openPrivateNetwork(new AbortController().signal).then(lan => ({ lan, machines: 0 }));
    this.#networks.set(name, opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const network of this.#networks.values()) await (await network).lan.close();
    this.#networks.clear();
  }
}
