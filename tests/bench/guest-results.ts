import { duration } from '../../reports/printable.ts';
import { cell } from '../../reports/prove/markdown.ts';
import type { EventOf, RunEvent } from '../../src/core/event.ts';
import { proofWords } from '../../src/core/proof.ts';
import { eventsOf } from '../e2e/runs.ts';

/**
 * What whole runs on the reference guest came to: `npm run docs:guest -- FOLDER… > docs/reference/reference-guest.md`.
 * Of each scenario the last result counts, and the last proof that was tried; folders of `kola run` and of
 * `kola prove`, oldest first.
 */
const folders = process.argv.slice(2);
if (folders.length === 0) throw new Error('expected run folders, oldest first');

interface Row {
  result?: EventOf<'result.decided'>;
  proof?: EventOf<'proof.decided'>;
  standIns: readonly string[];
}
const rows = new Map<string, Row>();
/** Why a scenario was not selected; of a guest that has learned more, it is. */
const reasons = new Map<string, string>();
const runs: string[] = [];

const rowOf = (scenario: string): Row => {
  const row = rows.get(scenario) ?? { standIns: [] };
  rows.set(scenario, row);
  return row;
};

/** Outcomes that take nothing back of what an earlier run found; a proof that is gone on with skips what it proved. */
const cutShort = new Set<string>(['notrun', 'interrupted', 'skipped']);

const take = (event: RunEvent): void => {
  if (event.type === 'plan.decided') {
    for (const { scenario, standIns = [] } of event.selected) {
      rowOf(scenario).standIns = standIns;
      reasons.delete(scenario);
    }
    // What a run left out because nobody asked for it says nothing about the guest.
    for (const { scenario, reason } of event.unselected)
      if (!['tag', 'pattern', 'shard', 'rerun'].includes(reason.code)) reasons.set(scenario, reason.text);
  } else if (event.type === 'result.decided') {
    const row = rowOf(event.subject.scenario);
    if (row.result === undefined || !cutShort.has(event.outcome)) row.result = event;
  } else if (event.type === 'proof.decided' && event.verdict !== 'notrun')
    rowOf(event.subject.scenario).proof = event;
};

const mostNames = 4;

/** As it was typed, but for folders of one machine, and with no more names of scenarios than people read. */
const commandLine = (words: readonly string[]): string => {
  const kept = words
    .filter(word => !/^--(?:output-dir|resume)=/.test(word))
    .map(word => word.replace(/=\/.*\/(?=[^/]+\/[^/]+$)/, '=…/'));
  const names = kept.filter(word => /^[a-z][\w-]*\.[\w.*-]+$/.test(word));
  if (names.length <= mostNames) return kept.join(' ');
  return [...kept.filter(word => !names.includes(word)), ...names.slice(0, mostNames), '…'].join(' ');
};

const describeRun = (events: readonly RunEvent[]): void => {
  const [started, ended] = [
    events.find(e => e.type === 'run.started'),
    events.find(e => e.type === 'run.ended'),
  ];
  if (started?.type !== 'run.started' || ended?.type !== 'run.ended') return;
  const command = commandLine(started.command);
  const version = started.targets[0]?.image.version ?? '';
  const use = ended.usage === undefined ? '' : `, ${ended.usage.machines} machines`;
  runs.push(
    `- ${started.time.slice(0, 10)}, guest ${version}: \`${command}\`: ${ended.verdict}; ${duration(ended.took)}${use}`,
  );
};

for (const folder of folders) {
  const events = eventsOf(folder);
  if (events.length === 0) throw new Error(`${folder}: expected a run folder with events.ndjson`);
  events.forEach(take);
  describeRun(events);
}

const proofCell = ({ proof }: Row): string =>
  proof === undefined ? 'not tried' : `${cell(proof.fault ?? '')}: ${proofWords[proof.verdict]}`;

const sorted = [...rows].sort(([a], [b]) => a.localeCompare(b));
const resultsIn = (keep: (row: Row) => boolean): [string, Row][] => sorted.filter(([, row]) => keep(row));
const passed = resultsIn(row => row.result?.outcome === 'passed');
const real = passed.filter(([, { standIns }]) => standIns.length === 0);
const onStandIns = passed.filter(([, { standIns }]) => standIns.length > 0);
const blocked = resultsIn(row => row.result?.outcome === 'blocked');
const other = resultsIn(
  row => row.result !== undefined && !['passed', 'blocked'].includes(row.result.outcome),
);
const guides = (found: readonly [string, Row][]): number =>
  found.filter(([name]) => name.startsWith('docs.')).length;

const table = (found: readonly [string, Row][]): string =>
  [
    '| scenario | took | sabotage |',
    '|---|--:|---|',
    ...found.map(([name, row]) => `| ${name} | ${duration(row.result?.took ?? 0)} | ${proofCell(row)} |`),
  ].join('\n');
const groupedBy = (found: readonly [string, Row][]): string => {
  const groups = Map.groupBy(found, ([, { result }]) => cell(result?.failure?.message ?? ''));
  return [...groups].map(([why, those]) => `- ${why}: ${those.map(([name]) => name).join(', ')}`).join('\n');
};
const because = (found: readonly [string, Row][]): string =>
  found
    .map(([name, { result }]) => `- ${name}: ${cell(result?.failure?.message ?? result?.outcome ?? '')}`)
    .join('\n');

const counted = (found: readonly [string, Row][]): string =>
  `${found.length - guides(found)} of the catalogue and ${guides(found)} of the guides`;
const proven = sorted.filter(([, { proof }]) => proof?.verdict === 'proven').length;

const unselected = [...Map.groupBy(reasons.keys(), scenario => reasons.get(scenario) ?? '')]
  .map(([reason, names]) => `- ${cell(reason)}: ${names.join(', ')}`)
  .join('\n');

const sections = [
  '# Results on the reference guest',
  '<!-- Made from run folders by `npm run docs:guest`; nothing is written by hand. -->',
  `Under emulation, on two cores. Passed: ${counted(real)}; on stand-ins ${counted(onStandIns)}; blocked ${blocked.length}; otherwise ${other.length}. With a sabotage seen to make them fail as stated: ${proven}. Of a scenario that ran more than once, the last result counts.`,
  runs.join('\n'),
  `## Passed\n\n${table(real)}`,
  `## Passed on a stand-in\n\nNothing is proven about Flatcar's own programs.\n\n${table(onStandIns)}`,
  `## Blocked\n\n${groupedBy(blocked)}`,
  ...(other.length === 0 ? [] : [`## Neither passed nor blocked\n\n${because(other)}`]),
  `## Not selected\n\n${unselected}`,
];
process.stdout.write(`${sections.join('\n\n')}\n`);
