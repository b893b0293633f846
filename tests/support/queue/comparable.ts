import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeReports } from '../../../src/cli/write-reports.ts';

/** Times, and what is named by chance. */
const ofOneRun = new Set(
  'id run runId startedAt endedAt took duration phases platformId usage utilisation expected'.split(' '),
);

const withoutChance = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    const items = value.map(withoutChance);
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value === 'string') return withoutIds(value);
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).filter(([key]) => !ofOneRun.has(key));
  return Object.fromEntries(own.map(([key, member]) => [key, withoutChance(member)]));
};

/** Names of shared machines, and of runs in a merged folder. */
const withoutIds = (text: string): string =>
  text.replace(/_shared\/[^/]+/g, '_shared/id').replace(/^runs\/[^/]+/g, 'runs/id');

/** The JSON report of a run folder, made anew, with what two equal runs have in common. */
export const reportOf = async (runDir: string): Promise<unknown> => {
  await writeReports(runDir);
  return withoutChance(JSON.parse(readFileSync(join(runDir, 'report.json'), 'utf8')));
};

/** Files of a run folder, by the same names in equal runs. */
export const filesOf = (runDir: string): readonly string[] =>
  readdirSync(runDir, { recursive: true, encoding: 'utf8' }).map(withoutIds).sort();
