import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TftpPacket } from '../../../../src/services/tftp/packet.ts';
import { negotiate, Transfer } from '../../../../src/services/tftp/transfer.ts';

/** A client that acknowledges everything, now and then twice, and repeats what it has. */
const receiveAll = (transfer: Transfer, repeats: () => boolean): { bytes: Buffer; packets: number } => {
  const blocks: Uint8Array[] = [];
  let packet: TftpPacket = transfer.current();
  let packets = 0;
  for (;;) {
    packets++;
    const block = packet.op === 'data' ? packet.block : 0;
    if (packet.op === 'data') blocks.push(packet.data);
    if (repeats())
      expect(transfer.receive({ op: 'ack', block: (block + 0xff_ff) & 0xff_ff }).kind).toBe('ignore');
    const step = transfer.receive({ op: 'ack', block });
    if (step.kind === 'done') return { bytes: Buffer.concat(blocks), packets };
    if (step.kind !== 'send') throw new Error(`unexpected ${step.kind}`);
    packet = step.packet;
  }
};

describe('Transfer', () => {
  it('delivers any content in blocks of any size, whatever is acknowledged twice', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.option(fc.integer({ min: 8, max: 64 })),
        fc.infiniteStream(fc.boolean()),
        (content, blksize, repeats) => {
          const transfer = new Transfer(content, blksize === null ? {} : { blksize: String(blksize) });
          const { bytes } = receiveAll(transfer, () => repeats.next().value === true);
          expect(bytes).toEqual(Buffer.from(content));
        },
      ),
    );
  });

  it('ends a file of whole blocks with an empty one', () => {
    expect(receiveAll(new Transfer(new Uint8Array(1024), {}), () => false).packets).toBe(3);
    expect(receiveAll(new Transfer(new Uint8Array(0), {}), () => false).packets).toBe(1);
  });

  it('lets block numbers start over in big files', () => {
    const content = new Uint8Array(8 * 70_000).map((_, index) => index % 251);
    const { bytes } = receiveAll(new Transfer(content, { blksize: '8' }), () => false);
    expect(bytes.equals(content)).toBe(true);
  });

  it('stops when the client says so', () => {
    const transfer = new Transfer(new Uint8Array(10), {});
    const step = transfer.receive({ op: 'error', code: 3, message: 'disk full' });
    expect(step).toEqual({ kind: 'aborted', reason: 'client: disk full (3)' });
  });

  it('has no answer to noise', () => {
    expect(new Transfer(new Uint8Array(10), {}).receive(undefined).kind).toBe('ignore');
  });
});

describe('negotiate', () => {
  it.each([
    [{}, {}, 512],
    [{ blksize: '1428', tsize: '0' }, { blksize: '1428', tsize: '99' }, 1428],
    [{ blksize: '999999' }, { blksize: '65464' }, 65_464],
    [{ blksize: '7' }, {}, 512],
    [{ blksize: 'many' }, {}, 512],
    [{ timeout: '3' }, { timeout: '3' }, 512],
    [{ timeout: '256' }, {}, 512],
    [{ windowsize: '8' }, {}, 512],
  ])('answers %j with %j', (asked, accepted, blockSize) => {
    expect(negotiate(asked, 99)).toMatchObject({ accepted, blockSize });
  });
});
