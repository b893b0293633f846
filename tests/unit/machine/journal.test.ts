import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NetworkError } from '../../../src/core/errors.ts';
import { JournalStream, journalCommand, type StreamCommand } from '../../../src/machine/journal.ts';
import { JournalParser, renderEntry } from '../../../src/machine/journal-export.ts';

const boot = 'b'.repeat(32);

const binary = (name: string, value: string): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')]);
};

const entry = (cursor: string, message: string): Buffer =>
  Buffer.concat([
    Buffer.from(`__CURSOR=${cursor}\n__REALTIME_TIMESTAMP=1763662774123456\n_BOOT_ID=${boot}\n`),
    Buffer.from('_HOSTNAME=host\nSYSLOG_IDENTIFIER=app\n_PID=7\n'),
    message.includes('\n') ? binary('MESSAGE', message) : Buffer.from(`MESSAGE=${message}\n`),
    Buffer.from('\n'),
  ]);

const stamp = 'Nov 20 18:19:34.123456';

describe('an exported entry', () => {
  const stream = Buffer.concat([entry('c1', 'one = ü'), entry('c2', 'two\nlines\n'), entry('c3', '')]);
  const text = `${stamp} host app[7]: one = ü\n${stamp} host app[7]: two\n${' '.repeat(36)}lines\n${stamp} host app[7]: \n`;

  test('is shown like short-precise, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 20 }), cuts => {
        const parser = new JournalParser();
        const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const entries = places.slice(1).flatMap((place, n) => parser.feed(stream.subarray(places[n], place)));
        expect(entries.map(renderEntry).join('')).toBe(text);
        expect(entries.map(found => found.get('__CURSOR'))).toEqual(['c1', 'c2', 'c3']);
      }),
    );
  });

  test('without identifier, process or host is still a line', () => {
    const [bare] = new JournalParser().feed(Buffer.from('__REALTIME_TIMESTAMP=0\nMESSAGE=x\n\n'));
    expect(renderEntry(bare!)).toBe('Jan 01 00:00:00.000000 localhost unknown: x\n');
  });
});

describe('the journal command', () => {
  test('asks for the whole boot first, then after the cursor, and for the new boot after a reboot', () => {
    expect(journalCommand(undefined)).toMatch(/--boot --no-tail --follow$/);
    const later = journalCommand({ cursor: "s=1;i='2", boot });
    expect(later).toContain(`'--after-cursor=s=1;i='\\''2'`);
    expect(later).toMatch(
      new RegExp(`= ${boot} \\]; then exec sudo journalctl .*--after-cursor.*--follow; fi;`),
    );
    expect(later).toMatch(/; exec sudo journalctl [^;]*--boot --no-tail --follow$/);
  });
});

describe('a journal stream', () => {
  let folder: string;
  let seen: string;
  const logged: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kola-journal-'));
    seen = '';
    logged.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const start = () =>
    new JournalStream({
      file: join(folder, 'journal.txt'),
      onText: text => {
        seen += text;
      },
      log: line => logged.push(line),
    });

  /** A connection that sends some bytes and then stays, until it breaks or is stopped. */
  const connection = (bytes: Buffer, breaks: boolean, commands: string[]): StreamCommand => {
    return (command, options) => {
      commands.push(command);
      const { promise, reject } = Promise.withResolvers<never>();
      options.output?.write(bytes, () => {
        if (breaks) reject(new NetworkError('ssh-disconnected', 'gone'));
      });
      options.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true });
      return promise;
    };
  };

  test('goes on after the last whole entry, on the next connection', async () => {
    const journal = start();
    const commands: string[] = [];
    const half = entry('c2', 'second');
    journal.attach(connection(Buffer.concat([entry('c1', 'first'), half.subarray(0, 80)]), true, commands));
    journal.attach(connection(half, false, commands));
    await expect.poll(() => seen).toContain('second');
    await journal.stop(10);
    expect(seen).toBe(`${stamp} host app[7]: first\n${stamp} host app[7]: second\n`);
    expect(readFileSync(join(folder, 'journal.txt'), 'utf8')).toBe(seen);
    expect(commands[0]).not.toContain('cursor');
    expect(commands[1]).toContain('--after-cursor=c1');
    expect(logged).toEqual([]);
  });

  test('starts journalctl again when it ends while the connection stands, and says so', async () => {
    const journal = start();
    let starts = 0;
    journal.attach(async (_command, options) => {
      if (starts++ > 0) return connection(entry('c1', 'back'), false, [])('', options);
      return { code: 137, signal: null, stdout: '', stderr: 'Killed\n', duration: 1 };
    });
    await expect.poll(() => seen, { timeout: 4000 }).toContain('back');
    expect(logged).toEqual(['journalctl ended with 137: Killed']);
    await journal.stop(10);
  });

  test('stops at once when quiet, and in bounded time when not', async () => {
    const quiet = start();
    quiet.attach(connection(Buffer.alloc(0), false, []));
    const started = performance.now();
    await quiet.stop(0);
    expect(performance.now() - started).toBeLessThan(500);
    const noisy = start();
    let timer: NodeJS.Timeout | undefined;
    noisy.attach((command, options) => {
      timer = setInterval(() => options.output?.write(entry('c', 'noise')), 5);
      return connection(Buffer.alloc(0), false, [])(command, options);
    });
    await noisy.stop(200, 300);
    clearInterval(timer);
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
