import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usageLine } from '../../reports/machine-use.ts';
import { differences } from '../support/modes.ts';
import { type ModeRun, runInModes } from './in-modes.ts';

/**
 * `npm run compare:modes [-- GLOB… FLAG…]`: the scenarios cold, cloned and shared; default: the whole suite, which takes
 * long. Exits 1 when a scenario does not come to the same, or a shared machine was left dirty.
 */
const folder = mkdtempSync(join(tmpdir(), 'kola-modes-'));
const line = (text: string): void => void process.stdout.write(`${text}\n`);

const tell = ({ mode, code, events, outcomes }: ModeRun): void => {
  const end = events.at(-1);
  const usage = end?.type === 'run.ended' && end.usage !== undefined ? usageLine(end.usage) : 'no end';
  line(`${mode.padEnd(6)} exit ${code}, ${outcomes.size} results. ${usage}`);
};

line(`Compare outcomes of cold, cloned and shared machines in ${folder}`);
const runs = await runInModes({ folder, args: process.argv.slice(2), onRun: tell });
const found = differences(new Map(runs.map(({ mode, outcomes }) => [mode, outcomes])));
const dirty = runs.flatMap(({ events }) =>
  events.flatMap(event =>
    event.type === 'shared.retired'
      ? [`left dirty by ${event.scenarios.join(' or ')}: ${event.changes.join(', ')}`]
      : [],
  ),
);
for (const text of [...found, ...dirty]) line(text);
const empty = runs.some(({ outcomes }) => outcomes.size === 0);
line(empty ? 'A run came to no results' : `${found.length} differences, ${dirty.length} machines left dirty`);
process.exitCode = empty || found.length > 0 || dirty.length > 0 ? 1 : 0;
