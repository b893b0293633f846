import type { RemoteInfo, Socket } from 'node:dgram';
import type { AwaitOptions, Logged, NtpOptions, NtpRecord, NtpService } from '../../core/services.ts';
import { authority, loopback, type ServiceContext, type Startable } from '../context.ts';
import { RequestLog } from '../request-log.ts';
import { stopWith } from '../stop-with.ts';
import { bindUdp, closeUdp } from '../udp-socket.ts';
import { decodeQuery, decodeTimestamp, encodeAnswer } from './packet.ts';

/** A time server whose time can be wrong on purpose. */
export class NtpServer implements NtpService, Startable {
  readonly log: RequestLog<NtpRecord>;
  readonly #context: ServiceContext;
  readonly #wantedPort: number;
  #offset: number;
  #socket: Socket | undefined;
  #detach: () => void = () => undefined;

  constructor(context: ServiceContext, { offset = 0, port = 0 }: NtpOptions = {}) {
    this.#context = context;
    this.#offset = offset;
    this.#wantedPort = port;
    this.log = new RequestLog(context);
  }

  get port(): number {
    if (this.#socket === undefined) throw new TypeError('the ntp service is not listening');
    return this.#socket.address().port;
  }

  get guestUrl(): string {
    return `ntp://${authority(this.#context.guestAddress, this.port)}`;
  }

  get localUrl(): string {
    return `ntp://${authority(loopback, this.port)}`;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#socket = await bindUdp('ntp', this.#wantedPort, (message, from) => this.#receive(message, from));
    this.#detach = stopWith(signal, this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#detach();
    this.log.close();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) await closeUdp(socket);
  }

  setOffset(offset: number): void {
    this.#offset = offset;
  }

  async awaitClient(options: AwaitOptions = {}): Promise<NtpRecord & Logged> {
    return await this.log.wait('an NTP client', () => true, options);
  }

  #receive(message: Uint8Array, from: RemoteInfo): void {
    const now = this.#context.clock.now();
    const query = decodeQuery(message);
    if (query === undefined) return;
    const told = now + this.#offset;
    this.log.add({
      version: query.version,
      from: authority(from.address, from.port),
      clientTime: decodeTimestamp(query.transmit, now),
      told,
    });
    const answer = encodeAnswer(query, told, this.#context.clock.now() + this.#offset);
    this.#socket?.send(answer, from.port, from.address);
  }
}
