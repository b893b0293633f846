import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { importRunFolder } from '../../../src/cli/import-run-folder.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import { historyReader } from '../../../src/store/history.ts';
import { openStore } from '../../../src/store/open.ts';
import { asNdjson, scriptedEvents } from '../../support/event-log.ts';

let folder: string;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-import-run-'));
  said = [];
  writeFileSync(
    join(folder, 'events.ndjson'),
    asNdjson(scriptedEvents({ run: 'one', results: [{ scenario: 'a' }] })),
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

const terminal = (): Terminal => ({
  out: line => said.push(line),
  err: line => said.push(line),
  write: text => said.push(text),
  env: {},
  cwd: folder,
  interactive: false,
  outIsTty: false,
});
const importing = (where: string, embargoed = false) => importRunFolder(folder, where, embargoed, terminal());

test('a run that has ended goes into the history, with its mark', async () => {
  const where = join(folder, 'history.db');
  await importing(where, true);
  expect(said).toEqual([`Imported run one into ${where}: 1 result`]);
  await using store = await openStore(where, { mode: 'read' });
  expect(await historyReader(store).targets({})).toMatchObject([{ run: 'one', embargoed: true }]);
  expect(await historyReader(store).targets({ embargoed: false })).toEqual([]);
});

test.each([
  ['a store that is away', 'postgres://kola:s3cret@127.0.0.1:1/x', /went away/],
  ['a store that is none', 'events.ndjson', /is not an SQLite database/],
])('%s is told, with what to do, and ends nothing', async (_, where, says) => {
  await importing(where.includes(':') ? where : join(folder, where));
  expect(said[0]).toMatch(says);
  expect(said.at(-1)).toMatch(/the results are not in the history; later: kola import /);
  expect(said.join('\n')).not.toContain('s3cret');
});
