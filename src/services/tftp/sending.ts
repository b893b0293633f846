import type { RemoteInfo, Socket } from 'node:dgram';
import type { ServiceContext } from '../context.ts';
import { bindUdp, closeUdp } from '../udp-socket.ts';
import { decodeTftp, encodeTftp, type TftpPacket } from './packet.ts';
import type { Transfer } from './transfer.ts';

const firstTimeout = 1000;
const mostTries = 6;

/** One transfer on a socket of its own (its port is the transfer id of RFC 1350), with repeats. */
export class Sending {
  readonly #transfer: Transfer;
  readonly #to: RemoteInfo;
  readonly #timeout: number;
  readonly #ended = Promise.withResolvers<string | undefined>();
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tries = 0;
  #closed: Promise<void> | undefined;

  constructor(transfer: Transfer, to: RemoteInfo, { slowdown }: ServiceContext) {
    this.#transfer = transfer;
    this.#to = to;
    this.#timeout = transfer.terms.timeout ?? firstTimeout * slowdown;
  }

  /** Resolves with the reason when the client did not get it all, else with undefined. */
  async run(): Promise<string | undefined> {
    try {
      this.#socket = await bindUdp('tftp', 0, (message, from) => this.#receive(message, from));
      this.#transmit();
      return await this.#ended.promise;
    } catch (error) {
      return String(error);
    } finally {
      await this.#close();
    }
  }

  async stop(reason: string): Promise<void> {
    this.#ended.resolve(reason);
    await this.#close();
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) this.#closed = closeUdp(socket);
    await this.#closed;
  }

  #receive(message: Uint8Array, from: RemoteInfo): void {
    // Somebody else's packets have no say in this transfer.
    if (from.port !== this.#to.port || from.address !== this.#to.address) return;
    const step = this.#transfer.receive(decodeTftp(message));
    if (step.kind === 'done') this.#ended.resolve(undefined);
    else if (step.kind === 'aborted') this.#ended.resolve(step.reason);
    else if (step.kind === 'send') {
      this.#tries = 0;
      this.#transmit(step.packet);
    }
  }

  #transmit(packet: TftpPacket = this.#transfer.current()): void {
    clearTimeout(this.#timer);
    if (this.#tries++ === mostTries) {
      this.#ended.resolve(`no acknowledgment after ${mostTries} tries`);
      return;
    }
    this.#socket?.send(encodeTftp(packet), this.#to.port, this.#to.address);
    this.#timer = setTimeout(() => this.#transmit(), this.#timeout).unref();
  }
}
