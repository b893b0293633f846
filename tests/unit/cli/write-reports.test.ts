import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ReportEntry } from '../../../reports/index.ts';
import { chooseFormats, renderReports, writeReports } from '../../../src/cli/write-reports.ts';
import { scriptedEvents } from '../../support/event-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-reports-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const log = scriptedEvents({ results: [{ scenario: 'cl.basic' }] }).map(event => JSON.stringify(event));
const save = (lines: readonly string[]): void =>
  writeFileSync(join(folder, 'events.ndjson'), lines.join('\n'));

test('writes every report beside the events', async () => {
  save([...log, '']);
  const written = await writeReports(folder);
  expect(written.map(({ format }) => format.file).sort()).toEqual([
    'index.html',
    'junit.xml',
    'report.json',
    'summary.md',
    'test.tap',
  ]);
  expect(readFileSync(join(folder, 'test.tap'), 'utf8')).toMatch(/^ok - .*cl\.basic/m);
});

test('a torn last line is what a power cut leaves: the rest counts', async () => {
  save([...log.slice(0, -1), '{"v":1,"ru']);
  const [tap] = await renderReports(folder, chooseFormats(['tap']));
  expect(tap?.text).toContain('cl.basic');
});

test('a broken line in the middle is an error with its number', async () => {
  save([log[0]!, 'nonsense', ...log.slice(1)]);
  await expect(renderReports(folder, chooseFormats(['tap']))).rejects.toThrow(
    'events.ndjson:2: not an event',
  );
});

test('an empty log, or none, is no run', async () => {
  await expect(writeReports(folder)).rejects.toThrow('is no run folder');
  save([]);
  await expect(writeReports(folder)).rejects.toThrow('the run never started');
});

test('reports read files of the run folder only', async () => {
  save(log);
  writeFileSync(join(folder, 'console.txt'), 'inside');
  symlinkSync('/etc/passwd', join(folder, 'link.txt'));
  const seen: (string | undefined)[] = [];
  const spy: ReportEntry = {
    name: 'spy',
    file: 'spy',
    summary: '',
    load: async () => ({
      name: 'spy',
      file: 'spy',
      summary: '',
      create: ({ readFile }) => {
        seen.push(
          readFile('console.txt'),
          readFile('link.txt'),
          readFile('../../etc/passwd'),
          readFile('/etc/passwd'),
        );
        return {};
      },
    }),
  };
  await renderReports(folder, [spy]);
  expect(seen).toEqual(['inside', undefined, undefined, undefined]);
});

test('formats by name', () => {
  expect(chooseFormats(['tap', 'html']).map(({ name }) => name)).toEqual(['tap', 'html']);
  expect(chooseFormats([]).length).toBe(chooseFormats(['all']).length);
  expect(() => chooseFormats(['htm'])).toThrow('unknown report format htm');
});
