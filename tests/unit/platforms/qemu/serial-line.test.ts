import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { SerialLine } from '../../../../platforms/qemu/serial-line.ts';

const never = new AbortController().signal;

describe('SerialLine', () => {
  it('finds a word at the beginning of a whole line, however it comes', async () => {
    const stream = new PassThrough();
    const line = new SerialLine(stream);
    const heard = line.word('kola-awake', 1000, never);
    for (const part of ['noise kola-awake 1\n', 'kola-aw', 'ake 0', '\n']) stream.write(part);
    expect(await heard).toBe('0');
  });

  it('says what it waited for', async () => {
    const line = new SerialLine(new PassThrough());
    await expect(line.word('kola-asleep', 30, never)).rejects.toMatchObject({
      code: 'serial-line',
      message: expect.stringContaining('to write kola-asleep to its second serial port'),
    });
  });
});
