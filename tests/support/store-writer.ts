import { foldLog } from '../../src/store/import/fold.ts';
import { importRun } from '../../src/store/import/import-run.ts';
import { readEventLog } from '../../src/store/import/read-log.ts';
import { openStore } from '../../src/store/open.ts';
import { asNdjson, scriptedEvents } from './event-log.ts';

/** `store-writer.ts STORE WORKER RUNS`: one of several processes that import at once. */
const [where = '', worker = '', runs = '0'] = process.argv.slice(2);
await using store = await openStore(where);
const results = Array.from({ length: 20 }, (_, index) => ({ scenario: `scenario-${index}` }));
const add = (run: string) =>
  importRun(store, foldLog(readEventLog('log', asNdjson(scriptedEvents({ run, results }))), 'test'), 1);
for (let i = 0; i < Number(runs); i++) await add(`worker${worker}-${i}`);
// All of them import this one too.
await add('shared');
