import type { RemoteInfo, Socket } from 'node:dgram';
import type { AwaitOptions, Logged, TftpRecord, TftpService } from '../../core/services.ts';
import { authority, loopback, type ServiceContext, type Startable } from '../context.ts';
import { RequestLog } from '../request-log.ts';
import { stopWith } from '../stop-with.ts';
import { bindUdp, closeUdp } from '../udp-socket.ts';
import { decodeTftp, encodeTftp, type TftpPacket, tftpErrors } from './packet.ts';
import { Sending } from './sending.ts';
import { Transfer } from './transfer.ts';

/** More at once is a broken client. */
const mostTransfers = 64;

/**
 * Read-only TFTP (RFC 1350, options of RFC 2348 and 2349) on a free port. QEMU's user-mode network answers port 69
 * of 10.0.2.2 by itself, so guests need the port in the URL.
 */
export class TftpServer implements TftpService, Startable {
  readonly log: RequestLog<TftpRecord>;
  readonly #context: ServiceContext;
  readonly #files = new Map<string, Uint8Array>();
  readonly #transfers = new Set<Sending>();
  #socket: Socket | undefined;
  #detach: () => void = () => undefined;

  constructor(context: ServiceContext) {
    this.#context = context;
    this.log = new RequestLog(context);
  }

  get port(): number {
    if (this.#socket === undefined) throw new TypeError('the tftp service is not listening');
    return this.#socket.address().port;
  }

  get guestUrl(): string {
    return `tftp://${authority(this.#context.guestAddress, this.port)}`;
  }

  get localUrl(): string {
    return `tftp://${authority(loopback, this.port)}`;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#socket = await bindUdp('tftp', 0, (message, from) => void this.#receive(message, from));
    this.#detach = stopWith(signal, this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#detach();
    this.log.close();
    const socket = this.#socket;
    this.#socket = undefined;
    const transfers = [...this.#transfers].map(transfer => transfer.stop('the service was stopped'));
    await Promise.all([...transfers, socket === undefined ? undefined : closeUdp(socket)]);
  }

  serve(path: string, content: string | Uint8Array): string {
    const name = normal(path);
    this.#files.set(name, Buffer.from(content));
    return `${this.guestUrl}/${encodeURI(name)}`;
  }

  async awaitSent(path: string, options: AwaitOptions = {}): Promise<TftpRecord & Logged> {
    const name = normal(path);
    const isSent = (entry: TftpRecord): boolean => entry.kind === 'sent' && entry.path === name;
    return await this.log.wait(`a TFTP transfer of ${name}`, isSent, options);
  }

  async #receive(message: Uint8Array, from: RemoteInfo): Promise<void> {
    const packet = decodeTftp(message);
    if (packet === undefined || (packet.op !== 'read' && packet.op !== 'write')) return;
    const path = normal(packet.path);
    const content = this.#files.get(path);
    const refusal = this.#refusal(packet, content);
    if (refusal !== undefined || content === undefined) {
      const [code, reason] = refusal ?? [tftpErrors.notFound, 'no such file'];
      this.log.add({ kind: 'refused', path, reason });
      const answer = encodeTftp({ op: 'error', code, message: reason });
      this.#socket?.send(answer, from.port, from.address);
      return;
    }
    this.log.add({ kind: 'read', path, options: packet.options });
    await this.#send(path, new Transfer(content, packet.options), content.length, from);
  }

  #refusal(
    packet: TftpPacket & { op: 'read' | 'write' },
    content: Uint8Array | undefined,
  ): readonly [number, string] | undefined {
    if (packet.op === 'write') return [tftpErrors.accessViolation, 'read only'];
    if (packet.mode !== 'octet') return [tftpErrors.illegalOperation, `mode ${packet.mode} is not served`];
    if (content === undefined) return [tftpErrors.notFound, 'no such file'];
    if (this.#transfers.size >= mostTransfers) return [tftpErrors.undefined, 'too many transfers'];
    return undefined;
  }

  async #send(path: string, transfer: Transfer, bytes: number, to: RemoteInfo): Promise<void> {
    const sending = new Sending(transfer, to, this.#context);
    this.#transfers.add(sending);
    try {
      const problem = await sending.run();
      this.log.add(
        problem === undefined ? { kind: 'sent', path, bytes } : { kind: 'broken', path, reason: problem },
      );
    } finally {
      this.#transfers.delete(sending);
    }
  }
}

/** Clients write `/path`, `path` and `./path` for the same file. */
const normal = (path: string): string => path.replace(/^(?:\.?\/+)+/, '');
