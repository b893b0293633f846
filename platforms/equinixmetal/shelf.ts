import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { HarnessError } from '../../src/core/errors.ts';

/** Content that devices fetch: a text, or a file of this host. */
export type Ware = { readonly text: string } | { readonly file: string };

export interface Shelved {
  readonly url: string;
  /** Takes it away; fine to call twice. */
  remove(): Promise<void>;
}

/**
 * A web server of this process for what devices fetch while they install. It listens while something is on it, and
 * closes with the last of it. Addresses hold a random word: what is served holds keys.
 */
export class Shelf {
  readonly #host: string;
  readonly #port: number;
  readonly #wares = new Map<string, Ware>();
  #server: Promise<Server> | undefined;

  /** `host` is the name by which devices reach this host; port 0 = any. */
  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  async put(name: string, ware: Ware): Promise<Shelved> {
    const path = `/${randomBytes(16).toString('hex')}/${name}`;
    this.#wares.set(path, ware);
    this.#server ??= this.#listen();
    try {
      // A listening TCP server has an address of this form.
      const { port } = (await this.#server).address() as AddressInfo;
      return { url: `http://${this.#host}:${port}${path}`, remove: () => this.#remove(path) };
    } catch (error) {
      this.#wares.delete(path);
      this.#server = undefined;
      throw new HarnessError(
        'equinixmetal-serve',
        `cannot listen on port ${this.#port} to serve files to devices: ${error instanceof Error ? error.message : String(error)}`,
        { hint: 'choose another port with --equinixmetal-serve=HOST:PORT', cause: error },
      );
    }
  }

  async #remove(path: string): Promise<void> {
    if (!this.#wares.delete(path) || this.#wares.size > 0) return;
    const server = await this.#server;
    // Something may have been put there meanwhile.
    if (server === undefined || this.#wares.size > 0) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async #listen(): Promise<Server> {
    const server = createServer((request, response) => void this.#serve(request, response));
    const loopback = this.#host.startsWith('127.') || this.#host === 'localhost';
    server.listen(this.#port, loopback ? '127.0.0.1' : undefined);
    await once(server, 'listening');
    server.unref();
    return server;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const ware = this.#wares.get(request.url ?? '');
    if (ware === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404).end();
      return;
    }
    const length = 'text' in ware ? Buffer.byteLength(ware.text) : statSync(ware.file).size;
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length });
    if (request.method === 'HEAD') response.end();
    else if ('text' in ware) response.end(ware.text);
    else
      await pipeline(createReadStream(ware.file), response).catch(() => {
        // The device hung up; it fetches again.
      });
  }
}
