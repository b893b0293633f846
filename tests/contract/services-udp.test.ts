import { createSocket, type Socket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { decodeTimestamp } from '../../src/services/ntp/packet.ts';
import { NtpServer } from '../../src/services/ntp/server.ts';
import { decodeTftp, encodeTftp, type TftpPacket } from '../../src/services/tftp/packet.ts';
import { TftpServer } from '../../src/services/tftp/server.ts';
import { guestContext, started } from './services-context.ts';

/** A UDP client that hands out what it got, one at a time. */
class Client implements AsyncDisposable {
  readonly socket: Socket = createSocket('udp4');
  /** Where the last answer came from: TFTP goes on there. */
  port: number;
  #next = Promise.withResolvers<Uint8Array>();

  constructor(port: number) {
    this.port = port;
    this.socket.on('message', (message, from) => {
      this.port = from.port;
      this.#next.resolve(message);
    });
  }

  async ask(message: Uint8Array): Promise<Uint8Array> {
    this.#next = Promise.withResolvers<Uint8Array>();
    this.socket.send(message, this.port, '127.0.0.1');
    return await this.#next.promise;
  }

  async tftp(packet: TftpPacket): Promise<TftpPacket> {
    const answer = decodeTftp(await this.ask(encodeTftp(packet)));
    if (answer === undefined) throw new Error('no TFTP packet');
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.socket.close(resolve);
    await promise;
  }
}

const read = (path: string, options = {}) =>
  ({ op: 'read', path, mode: 'octet', options }) satisfies TftpPacket;

describe('the TFTP service', () => {
  it('sends a file block by block from a port of its own', async () => {
    await using server = await started(new TftpServer(guestContext));
    expect(server.serve('/boot/config', 'x'.repeat(600))).toBe(`tftp://10.0.2.2:${server.port}/boot/config`);
    await using client = new Client(server.port);
    expect(await client.tftp(read('boot/config', { tsize: '0' }))).toEqual({
      op: 'oack',
      options: { tsize: '600' },
    });
    expect(client.port).not.toBe(server.port);
    const first = await client.tftp({ op: 'ack', block: 0 });
    const second = await client.tftp({ op: 'ack', block: 1 });
    expect([first, second]).toMatchObject([
      { op: 'data', block: 1 },
      { op: 'data', block: 2, data: new Uint8Array(88).fill(120) },
    ]);
    client.socket.send(encodeTftp({ op: 'ack', block: 2 }), client.port, '127.0.0.1');
    expect(await server.awaitSent('boot/config')).toMatchObject({ kind: 'sent', bytes: 600 });
  });

  it('refuses to write, to convert, and what it does not have', async () => {
    await using server = await started(new TftpServer(guestContext));
    server.serve('file', 'content');
    const answers: TftpPacket[] = [];
    for (const packet of [
      read('none'),
      { ...read('file'), op: 'write' as const },
      { ...read('file'), mode: 'netascii' },
    ]) {
      await using client = new Client(server.port);
      answers.push(await client.tftp(packet));
    }
    expect(answers).toMatchObject([
      { op: 'error', code: 1 },
      { op: 'error', code: 2 },
      { op: 'error', code: 4 },
    ]);
    expect(server.log.entries.map(entry => entry.kind)).toEqual(['refused', 'refused', 'refused']);
  });

  it('sends again what was not acknowledged, and gives up in the end', async () => {
    // A patience of 10 ms instead of a second.
    await using server = await started(new TftpServer({ ...guestContext, slowdown: 0.01 }));
    server.serve('file', 'content');
    await using client = new Client(server.port);
    let copies = 0;
    client.socket.on('message', () => copies++);
    await client.tftp(read('file'));
    const broken = await server.log.wait('the end', entry => entry.kind === 'broken', { until: 100_000 });
    expect(broken).toMatchObject({ reason: 'no acknowledgment after 6 tries' });
    expect(copies).toBe(6);
  });

  it('is not disturbed by strangers or noise, and stops in the middle', async () => {
    const server = await started(new TftpServer(guestContext));
    server.serve('file', 'x'.repeat(2000));
    await using client = new Client(server.port);
    await using stranger = new Client(server.port);
    stranger.socket.send(Uint8Array.of(9, 9, 9), server.port, '127.0.0.1');
    await client.tftp(read('file'));
    stranger.socket.send(encodeTftp({ op: 'error', code: 0, message: 'stop' }), client.port, '127.0.0.1');
    stranger.socket.send(encodeTftp({ op: 'ack', block: 1 }), client.port, '127.0.0.1');
    expect(await client.tftp({ op: 'ack', block: 1 })).toMatchObject({ op: 'data', block: 2 });
    await server[Symbol.asyncDispose]();
    expect(server.log.entries.map(entry => entry.kind)).not.toContain('sent');
  });
});

const question = (): Buffer => {
  const packet = Buffer.alloc(48);
  packet[0] = 0x23;
  packet.fill(7, 40);
  return packet;
};

describe('the NTP service', () => {
  it('tells its own time and remembers the client', async () => {
    await using server = await started(new NtpServer(guestContext, { offset: -3_600_000 }));
    await using client = new Client(server.port);
    const transmitted = async (): Promise<number> =>
      decodeTimestamp((await client.ask(question())).slice(40, 48), Date.now()) ?? 0;
    expect(Math.abs((await transmitted()) - (Date.now() - 3_600_000))).toBeLessThan(1000);
    server.setOffset(86_400_000);
    expect(Math.abs((await transmitted()) - (Date.now() + 86_400_000))).toBeLessThan(1000);
    expect(await server.awaitClient()).toMatchObject({
      version: 4,
      from: `127.0.0.1:${client.socket.address().port}`,
    });
    expect(server.log.entries).toHaveLength(2);
  });

  it('has no answer to what is no question', async () => {
    await using server = await started(new NtpServer(guestContext));
    await using client = new Client(server.port);
    client.socket.send(Buffer.alloc(48), server.port, '127.0.0.1');
    client.socket.send(Buffer.alloc(3), server.port, '127.0.0.1');
    await client.ask(question());
    expect(server.log.entries).toHaveLength(1);
  });
});
