import { evidenceTitle, reproCommand, whereToLook } from './evidence.ts';
import { fileReport } from './file-report.ts';
import { sharingLines, usageLine } from './machine-use.ts';
import { duration, excerpt, oneLine, plural } from './printable.ts';
import { causeOf, type ResultModel, type RunModel, scenarioName } from './run-model.ts';
import {
  countsLine,
  type FailureGroup,
  failureGroups,
  issueState,
  knownNote,
  outcomeLabel,
  passedOnStandIns,
  verdictTone,
  worstFirst,
} from './verdict.ts';

/** GitHub drops a step summary above 1 MiB; the rest is room for what a workflow adds. */
const stepSummaryBudget = 900 * 1024;
/** The line that says what was left out. */
const roomForRest = 120;
const maxGroups = 200;
const namesPerGroup = 30;
const evidenceLines = 40;
const evidenceLimit = 4000;
const maxRows = 200;

const glyph = { good: '✅', doubtful: '⚠️', bad: '❌' } as const;

/** Markdown for a step summary, a pull request or a terminal: verdict first, at most `budget` bytes. */
export const renderMarkdown = (model: RunModel, budget: number = stepSummaryBudget): string => {
  const pages = [
    [head(model), targetTable(model)],
    failures(model),
    [
      knownIssues(model),
      flaky(model),
      onStandIns(model),
      blocked(model),
      skipped(model),
      unselected(model),
      leftovers(model),
      facts(model),
    ],
  ].map(parts => parts.filter(part => part !== ''));
  return withinBudget(pages.flat(), budget);
};

/** Keeps blocks in order while they fit. What is left out is said, so that a short report is not read as all. */
const withinBudget = (blocks: readonly string[], budget: number): string => {
  let left = budget - roomForRest;
  const kept = blocks.filter(block => {
    const bytes = Buffer.byteLength(block) + 2;
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
  const missing = blocks.length - kept.length;
  if (missing > 0)
    kept.push(`_${plural(missing, 'section')} left out for size: see \`index.html\` or \`report.json\`._`);
  return `${kept.join('\n\n')}\n`;
};

const head = (model: RunModel): string => {
  const lines = [
    `# ${glyph[verdictTone(model)]} ${text(model.verdict)}`,
    ...model.notices.map(notice => `> **${text(notice)}**`),
    `${countsLine(model.counts)} in ${duration(model.took)}`,
    ...(model.usage === undefined ? [] : [text(usageLine(model.usage))]),
  ];
  return lines.join('\n\n');
};

const targetTable = (model: RunModel): string => {
  if (model.targets.length === 0) return '';
  const columns = worstFirst.filter(outcome => outcome === 'passed' || model.counts[outcome] > 0);
  const rows = model.targets
    .slice(0, maxRows)
    .map(({ key, target: { image }, counts }) => [
      code(key),
      text(
        `${image.name} ${image.version}${image.kind === 'flatcar' ? '' : ` (${image.kind}, not Flatcar)`}`,
      ),
      ...columns.map(outcome => (counts[outcome] === 0 ? '–' : String(counts[outcome]))),
    ]);
  return table(['target', 'image', ...columns.map(outcome => outcomeLabel[outcome])], rows);
};

const failures = (model: RunModel): string[] => {
  const groups = failureGroups(model).filter(group =>
    group.results.some(result => result.outcome !== 'blocked'),
  );
  if (groups.length === 0) return [];
  const shown = groups.slice(0, maxGroups).map(group => failureBlock(group, model));
  const more = groups.length - shown.length;
  if (more > 0) shown.push(`_… and ${plural(more, 'more cause')}: see \`index.html\` or \`report.json\`._`);
  return ['## What failed', ...shown];
};

const failureBlock = (group: FailureGroup, model: RunModel): string => {
  const [first] = group.results;
  if (first === undefined) return '';
  const title = `### ${text(oneLine(group.cause, 200)) || outcomeLabel[first.outcome]}`;
  const names = group.results.slice(0, namesPerGroup).map(result => code(result.key));
  const more = group.results.length - names.length;
  const lines = [
    title,
    `${plural(group.results.length, 'result')}, cause: ${text(group.kind)} – ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  ];
  const notes = new Set(group.results.flatMap(result => knownNote(model, result) ?? []));
  for (const note of notes) lines.push(`Expected: ${text(note)}`);
  if (group.hint !== undefined) lines.push(`Hint: ${text(group.hint)}`);
  return [...lines, details(first, model)].join('\n\n');
};

const onStandIns = (model: RunModel): string =>
  resultTable(
    'Passed on a stand-in (nothing is proven about Flatcar’s own)',
    passedOnStandIns(model),
    ({ standIns }) => standIns.join(', '),
  );

const details = (result: ResultModel, model: RunModel): string => {
  const where = whereToLook(result);
  const evidence = result.failure?.evidence ?? [];
  const message = result.failure?.message ?? result.reason ?? '';
  const blocks = [
    `<details><summary>${result.subject.scenario}: evidence and how to run it again</summary>`,
    ...(message.includes('\n') ? [fence(message)] : []),
    ...evidence.slice(0, 5).flatMap(one => [text(evidenceTitle(one)), fence(one.text)]),
    ...(where === undefined ? [] : [`Log: ${code(where)}`]),
    fence(reproCommand(result, model)),
    '</details>',
  ];
  return blocks.join('\n\n');
};

const knownIssues = (model: RunModel): string => {
  if (model.knownIssues.length === 0) return '';
  const rows = model.knownIssues
    .slice(0, maxRows)
    .map(issue => [
      code(issue.id),
      text(issue.scenarios.join(', ')),
      text(issueState(issue)),
      text(issue.reason),
      text(issue.tracker),
      issue.expires,
    ]);
  return `## Known issues\n\n${table(['issue', 'scenarios', 'now', 'what', 'tracker', 'expires'], rows)}`;
};

const flaky = (model: RunModel): string =>
  resultTable(
    'Flaky',
    model.results.filter(result => result.outcome === 'flaky'),
    result => `attempt ${result.attempts.length} passed; ${causeOf(result)}`,
  );

const blocked = (model: RunModel): string =>
  resultTable(
    'Blocked (could not be tested)',
    model.results.filter(result => result.outcome === 'blocked'),
    causeOf,
  );

const skipped = (model: RunModel): string =>
  resultTable(
    'Skipped',
    model.results.filter(result => result.outcome === 'skipped'),
    causeOf,
  );

const resultTable = (
  title: string,
  results: readonly ResultModel[],
  why: (result: ResultModel) => string,
): string => {
  if (results.length === 0) return '';
  const rows = results
    .slice(0, maxRows)
    .map(result => [
      code(scenarioName(result.subject)),
      code(result.target),
      text(oneLine(why(result), 300)),
    ]);
  const more = results.length - rows.length;
  const rest = more > 0 ? `\n\n_… and ${more} more._` : '';
  return `## ${title}\n\n${table(['scenario', 'target', 'why'], rows)}${rest}`;
};

const unselected = (model: RunModel): string => {
  if (model.unselected.length === 0) return '';
  const byReason = new Map<string, number>();
  for (const { reason } of model.unselected) {
    const key = `${reason.code}: ${reason.text}`;
    byReason.set(key, (byReason.get(key) ?? 0) + 1);
  }
  const rows = [...byReason]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, maxRows)
    .map(([reason, count]) => [String(count), text(oneLine(reason, 300))]);
  return `## Not selected\n\n${table(['scenarios', 'reason'], rows)}`;
};

const leftovers = (model: RunModel): string => {
  const lines = [
    ...model.leaked.map(resource => `- could not be destroyed: ${text(oneLine(resource))}`),
    ...sharingLines(model)
      .slice(0, 50)
      .map(line => `- ${text(oneLine(line))}`),
    ...model.warnings.slice(0, 50).map(warning => `- ${text(oneLine(warning))}`),
  ];
  return lines.length === 0 ? '' : `## Warnings\n\n${lines.join('\n')}`;
};

const facts = (model: RunModel): string => {
  const images = model.targets
    .slice(0, maxRows)
    .map(({ key, target }) => `- ${code(key)}: ${code(target.image.digest)}`);
  const seed = model.seed === undefined ? '' : `, seed ${model.seed}`;
  const kola = model.kola === '' ? '' : `, kola ${model.kola}`;
  return [`Run ${code(model.run)}${kola}${seed}`, images.join('\n')].filter(part => part !== '').join('\n\n');
};

/** Text that Markdown and HTML leave alone. */
const text = (raw: string): string =>
  oneLine(raw, 1000)
    .replace(/[\\`*_[\]#|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

/** A pipe ends a table cell even within code, unless it is escaped. */
const code = (raw: string): string => `\`${oneLine(raw).replaceAll('`', "'").replaceAll('|', '\\|')}\``;

/** A fence longer than any run of backticks in the text. */
const fence = (raw: string): string => {
  const body = excerpt(raw, evidenceLines, evidenceLimit);
  const longest = Math.max(2, ...Array.from(body.matchAll(/`+/g), ([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}text\n${body}\n${ticks}`;
};

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');

export const markdown = fileReport(
  { name: 'markdown', file: 'summary.md', summary: 'Markdown for step summaries and comments, below 1 MiB' },
  model => renderMarkdown(model),
);
