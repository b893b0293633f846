import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  diskArguments,
  machineArguments,
  makeDisk,
  Networks,
  removeFolder,
  startQemu,
  tellQemu,
} from '../qemu-process.ts';
import { type SimServer, serve } from '../server.ts';
import type { Board, BoardSpec, Hardware } from './hardware.ts';

/** The installer holds itself and the compressed image in memory. */
const memoryMiB = 3072;
const diskBytes = 20 * 2 ** 30;

/** This host, as the devices see it. */
export const hostAddress = '10.0.2.2';

/**
 * Devices with a processor: QEMU guests that boot from the network first, through the iPXE of their network card. As the
 * provider's own boot server, the one here sends a device on to its script, or to its disk.
 */
export class QemuHardware implements Hardware {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kola-metal-'));
  readonly #boards = new Set<Board>();
  readonly #networks = new Networks();

  async start(spec: BoardSpec): Promise<Board> {
    if (spec.arch !== 'amd64') throw new Error('only amd64 devices boot through iPXE here');
    const folder = mkdtempSync(join(this.#folder, 'device-'));
    const log = join(folder, 'console.txt');
    const stop = follow(log, spec.say);
    const disk = join(folder, 'disk.qcow2');
    await makeDisk(disk, diskBytes);
    const boots = await bootServer(spec);
    const qmp = join(folder, 'qmp');
    const card = await this.#networks.join('private', spec.number);
    const forwards = [9, 22].map(port => `hostfwd=tcp:${spec.address}:${port}-:${port}`).join();
    const qemu = await startQemu(spec.arch, [
      ...machineArguments(spec.arch, memoryMiB, qmp),
      // SOS shows the second serial line.
      ...['-chardev', `file,id=console,path=${log},append=on`],
      ...['-serial', 'null', '-serial', 'chardev:console'],
      ...diskArguments('boot', disk, 'boot', 2),
      ...[
        '-netdev',
        `user,id=outside,${forwards},tftp=${folder},bootfile=http://${hostAddress}:${boots.port}/`,
      ],
      ...['-device', 'virtio-net-pci,netdev=outside,bootindex=1'],
      ...card.args,
    ]).catch(async (error: unknown) => {
      stop();
      await boots.close();
      throw error;
    });
    const board: Board = {
      reset: () => tellQemu(qmp, 'system_reset'),
      off: async () => {
        if (!this.#boards.delete(board)) return;
        await qemu.kill();
        stop();
        await boots.close();
        removeFolder(folder, spec.id);
      },
    };
    this.#boards.add(board);
    return board;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#boards].map(board => board.off()));
    await this.#networks.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Tells what is written to a file, until the returned function is called. */
const follow = (path: string, hear: (text: string) => void): (() => void) => {
  const file = openSync(path, 'a+');
  const piece = Buffer.alloc(1 << 16);
  const decoder = new TextDecoder();
  let at = 0;
  const look = (): void => {
    for (let got = readSync(file, piece, 0, piece.length, at); got > 0; ) {
      at += got;
      hear(decoder.decode(piece.subarray(0, got), { stream: true }));
      got = readSync(file, piece, 0, piece.length, at);
    }
  };
  const timer = setInterval(look, 200);
  timer.unref();
  return () => {
    clearInterval(timer);
    look();
    closeSync(file);
  };
};

/** Asked at each power-on: over the network the first time and as long as the device is told to, then from the disk. */
const bootServer = (spec: BoardSpec): Promise<SimServer> => {
  let first = true;
  return serve(async () => {
    spec.began();
    const network = first || spec.alwaysPxe();
    first = false;
    return { status: 200, body: network ? `#!ipxe\nchain ${spec.script()}\n` : '#!ipxe\nexit\n' };
  });
};
