import { once } from 'node:events';
import { Client } from 'ssh2';

export interface SosPlace {
  readonly host: string;
  readonly port: number;
  /** Id of the device: the user's name on the console server. */
  readonly device: string;
  /** OpenSSH private key of the run. */
  readonly key: string;
}

const loginLimit = 20_000;

/** What the serial-over-SSH console of a device said since we listen. Reconnects when it is asked for text. */
export class SosConsole {
  readonly #place: SosPlace;
  #text = '';
  #from = 0;
  #client: Client | undefined;

  constructor(place: SosPlace) {
    this.#place = place;
  }

  /** Everything since {@link cut}. */
  text(): string {
    return this.#text.slice(this.#from);
  }

  /** What comes from now on is another system's: returns what was said before. */
  cut(): string {
    const before = this.text();
    this.#from = this.#text.length;
    return before;
  }

  /** Listens until `signal`, unless it listens already. Rejects when there is no way in. */
  async listen(signal: AbortSignal): Promise<void> {
    if (this.#client !== undefined || signal.aborted) return;
    const client = new Client();
    this.#client = client;
    const end = (): void => {
      client.end();
      client.destroy();
    };
    signal.addEventListener('abort', end, { once: true });
    client.on('close', () => {
      signal.removeEventListener('abort', end);
      if (this.#client === client) this.#client = undefined;
    });
    // Without a listener a late error would end the process; `close` follows and says enough.
    client.on('error', () => {});
    const { host, port, device, key } = this.#place;
    try {
      client.connect({
        host,
        port,
        username: device,
        privateKey: key,
        readyTimeout: loginLimit,
        keepaliveInterval: 30_000,
      });
      await once(client, 'ready', { signal });
      await this.#open(client);
    } catch (error) {
      end();
      if (this.#client === client) this.#client = undefined;
      throw error;
    }
  }

  async #open(client: Client): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    client.shell((error, channel) => {
      if (error !== undefined) return reject(error);
      channel.setEncoding('utf8');
      channel.on('data', (piece: string) => {
        this.#text += piece;
      });
      channel.on('close', () => client.end());
      resolve();
    });
    await promise;
  }
}
