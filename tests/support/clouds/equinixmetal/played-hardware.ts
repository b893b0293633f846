import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleText } from '../played-guests.ts';
import type { Board, BoardSpec, Hardware } from './hardware.ts';

/** What the kernel of an installer says when it goes. */
export const lastLine = '[   99.999999] reboot: Restarting system\n';

/** What an installation was given, read back from what the device fetched. */
export interface Installation {
  readonly device: string;
  readonly script: string;
  readonly userData: string;
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Devices without a processor. They act out what real ones do: fetch the iPXE script, the configuration that it names and
 * the image that this names, "write" it, say so on port 9, wait for the answer, and boot from the disk, or over the
 * network again when they are still told to.
 */
export class PlayedHardware implements Hardware {
  readonly installations: Installation[] = [];
  /** What flatcar-install says when it fails. */
  failure: string | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), 'kola-metal-'));
  readonly #boards = new Set<PlayedBoard>();

  async start(spec: BoardSpec): Promise<Board> {
    const board = new PlayedBoard(spec, join(this.#folder, spec.id), this);
    this.#boards.add(board);
    await board.reset();
    return board;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#boards].map(board => board.off()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

class PlayedBoard implements Board {
  readonly #spec: BoardSpec;
  readonly #disk: string;
  readonly #hardware: PlayedHardware;
  #installed = false;
  #power = new AbortController();
  #server: Server | undefined;

  constructor(spec: BoardSpec, disk: string, hardware: PlayedHardware) {
    this.#spec = spec;
    this.#disk = disk;
    this.#hardware = hardware;
  }

  async reset(): Promise<void> {
    await this.off();
    this.#power = new AbortController();
    const { signal } = this.#power;
    this.#run(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#spec.say(`played device: ${String(error)}\n`);
    });
  }

  async off(): Promise<void> {
    this.#power.abort();
    await this.#closePort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      this.#spec.began();
      if (this.#installed && !this.#spec.alwaysPxe()) break;
      if (!(await this.#install(signal))) return;
      this.#installed = true;
    }
    this.#spec.say(await consoleText(this.#disk));
  }

  /** False when it stays in the installer. */
  async #install(signal: AbortSignal): Promise<boolean> {
    const script = await fetchText(this.#spec.script(), signal);
    const url = /\bignition\.config\.url=(\S+)/.exec(script)?.[1];
    if (!script.startsWith('#!ipxe\n') || url === undefined) throw new Error(`no iPXE script: ${script}`);
    this.#spec.say('Linux version 6.6 (installer)\nemergency.target of the installer\n');
    const files = filesOf(await fetchText(url, signal));
    const image = await fetch(files.get('/etc/kola/image-url')?.trim() ?? '', { signal });
    const unpacked = spawnSync('bzip2', ['-dc'], {
      input: Buffer.from(await image.arrayBuffer()),
      maxBuffer: 2 ** 30,
    });
    if (unpacked.status !== 0) throw new Error(`no image: ${unpacked.stderr.toString()}`);
    writeFileSync(this.#disk, unpacked.stdout);
    const { failure, installations } = this.#hardware;
    const userData = files.get('/userdata') ?? '';
    installations.push({ device: this.#spec.id, script, userData, files });
    await this.#report(failure === undefined ? 'installed' : `failed: ${failure}`, signal);
    return failure === undefined;
  }

  /** Says the word to everybody who connects, until one answers. */
  async #report(word: string, signal: AbortSignal): Promise<void> {
    const told = Promise.withResolvers<void>();
    const server = createServer(socket => {
      socket.on('error', () => {});
      socket.write(`${word}\n`);
      socket.setEncoding('utf8').on('data', text => {
        if (String(text).trim() === 'reboot') told.resolve();
      });
      signal.addEventListener('abort', () => socket.destroy(), { once: true });
    });
    this.#server = server;
    server.listen(9, this.#spec.address);
    await once(server, 'listening');
    if (signal.aborted) await this.#closePort();
    signal.addEventListener('abort', () => told.reject(signal.reason), { once: true });
    await told.promise;
    this.#spec.say(lastLine);
    await this.#closePort();
  }

  async #closePort(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server?.listening !== true) return;
    server.close();
  }
}

const fetchText = async (url: string, signal: AbortSignal): Promise<string> => {
  const answer = await fetch(url, { signal });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.text();
};

interface Config {
  readonly ignition: { readonly version: string };
  readonly storage: {
    readonly files: readonly { readonly path: string; readonly contents: { readonly source: string } }[];
  };
}

const filesOf = (text: string): ReadonlyMap<string, string> => {
  const config: Config = JSON.parse(text);
  if (!config.ignition.version.startsWith('3.')) throw new Error(`no Ignition 3: ${config.ignition.version}`);
  return new Map(
    config.storage.files.map(({ path, contents }) => [
      path,
      Buffer.from(contents.source.replace('data:;base64,', ''), 'base64').toString('utf8'),
    ]),
  );
};
