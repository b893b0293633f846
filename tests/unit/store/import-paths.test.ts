import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { importPaths } from '../../../src/store/import/import-paths.ts';
import { openStore } from '../../../src/store/open.ts';
import { asNdjson, scriptedEvents } from '../../support/event-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-paths-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (run: string, text?: string): string => {
  const path = join(folder, run);
  mkdirSync(path);
  const events = scriptedEvents({ run, results: [{ scenario: 'a' }, { scenario: 'b', outcome: 'failed' }] });
  writeFileSync(join(path, 'events.ndjson'), text ?? asNdjson(events));
  return path;
};

const importAll = async (paths: readonly string[]): Promise<string[]> => {
  await using store = await openStore(':memory:');
  const said: string[] = [];
  for await (const answer of importPaths(store, paths, {}, () => 1)) {
    const what = 'done' in answer ? `${answer.done.change} ${answer.done.results}` : answer.error.message;
    said.push(`${answer.path.replace(`${folder}/`, '')}: ${what.replaceAll(`${folder}/`, '')}`);
  }
  return said;
};

// Few paths are read by the thread that asks, many by others: nobody must notice.
it.each([[1], [20]])('%i good runs beside bad ones: each has its answer, in order', async good => {
  const paths = Array.from({ length: good }, (_, index) => write(`run${String(index).padStart(2, '0')}`));
  const damaged = write('damaged', 'this is no event\n');
  const said = await importAll([damaged, ...paths, join(folder, 'absent'), paths[0] ?? '']);
  expect(said[0]).toMatch(/^damaged: damaged\/events\.ndjson:1: expected an event as one line of JSON/);
  expect(said.slice(1, -2)).toEqual(paths.map(path => `${path.slice(folder.length + 1)}: added 2`));
  expect(said.at(-2)).toBe('absent: absent: no such file or folder');
  expect(said.at(-1)).toBe('run00: unchanged 2');
});
