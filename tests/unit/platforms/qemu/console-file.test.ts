import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConsoleFile } from '../../../../platforms/qemu/console-file.ts';

const setUp = (): { path: string; console: ConsoleFile; end: AbortController } => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-console-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'console.txt');
  writeFileSync(path, '');
  const end = new AbortController();
  return { path, end, console: new ConsoleFile(path, end.signal) };
};

const never = new AbortController().signal;

describe('ConsoleFile', () => {
  it('gives what was there, then what comes, within 200 ms, and ends with the machine', async () => {
    const { path, console, end } = setUp();
    appendFileSync(path, 'early\n');
    const chunks = console.follow(never)[Symbol.asyncIterator]();
    expect(await chunks.next()).toEqual({ done: false, value: 'early\n' });
    for (const text of ['one\n', 'two\n', 'three\n']) {
      const next = chunks.next();
      const start = performance.now();
      appendFileSync(path, text);
      expect(await next).toEqual({ done: false, value: text });
      expect(performance.now() - start).toBeLessThan(200);
    }
    appendFileSync(path, 'last words');
    end.abort();
    expect(await chunks.next()).toEqual({ done: false, value: 'last words' });
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
    expect(console.text()).toBe('early\none\ntwo\nthree\nlast words');
  });

  it('ends with the signal of who follows', async () => {
    const { console } = setUp();
    const stop = new AbortController();
    const chunks = console.follow(stop.signal)[Symbol.asyncIterator]();
    const next = chunks.next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('does not tear characters apart', async () => {
    const { path, console, end } = setUp();
    const bytes = Buffer.from('grün ✓\n');
    const seen: string[] = [];
    let at = 0;
    const appendNext = (): void => {
      if (at < bytes.length) appendFileSync(path, bytes.subarray(at, ++at));
      else end.abort();
    };
    const following = (async () => {
      for await (const text of console.follow(never)) {
        seen.push(text);
        appendNext();
      }
    })();
    appendNext();
    await following;
    expect(seen.join('')).toBe('grün ✓\n');
    expect(seen.length).toBeGreaterThan(3);
  });

  it('reads more than one buffer at once', async () => {
    const { path, console, end } = setUp();
    const text = 'x'.repeat(200_000);
    appendFileSync(path, text);
    end.abort();
    let seen = '';
    for await (const chunk of console.follow(never)) seen += chunk;
    expect(seen).toBe(text);
  });
});
