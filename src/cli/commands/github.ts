import { appendFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { annotations } from '../../../reports/github.ts';
import { renderMarkdown } from '../../../reports/markdown.ts';
import type { RunModel } from '../../../reports/run-model.ts';
import { KolaError, UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { explainError } from '../explain-error.ts';
import { commentLimit, marker, placeComment } from '../github/comment.ts';
import { pullRequest, runnerFile } from '../github/environment.ts';
import { outputLines, stepOutputs } from '../github/outputs.ts';
import { listenForStop } from '../stop.ts';
import { foldRun } from '../write-reports.ts';

/** GitHub drops all summaries of a step above this. */
const summaryLimit = 1024 * 1024;
const roomForOthers = 64 * 1024;

const run = async (input: CommandInput): Promise<ExitCode> => {
  const { args, settings, terminal } = input;
  const [action, folder, ...more] = args;
  if (action !== 'publish' || folder === undefined || more.length > 0)
    throw new UsageError(
      'github-action',
      `kola github: expected publish and one run folder, found ${args.join(' ') || 'nothing'}`,
      { hint: 'such as kola github publish _kola_temp/qemu-latest --comment' },
    );
  const runDir = resolve(terminal.cwd, folder);
  const model = await foldRun(runDir);
  const lines = outputLines(stepOutputs(model, runDir));
  const outputs = runnerFile(terminal.env, 'GITHUB_OUTPUT');
  if (outputs === undefined) terminal.write(lines);
  else await appendFile(outputs, lines);
  const summary = runnerFile(terminal.env, 'GITHUB_STEP_SUMMARY');
  if (summary !== undefined) await appendSummary(summary, model);
  if (settings.on('annotate')) for (const line of annotations(model)) terminal.out(line);
  if (settings.on('comment')) await comment(input, model);
  return exitCode.passed;
};

/** What stands there already was written by steps before us, and counts against the limit. */
const appendSummary = async (file: string, model: RunModel): Promise<void> => {
  const used = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  const budget = summaryLimit - roomForOthers - used;
  if (budget > 0) await appendFile(file, renderMarkdown(model, budget));
};

/** A comment that cannot be placed takes nothing from the verdict: it is warned about. */
const comment = async ({ settings, terminal }: CommandInput, model: RunModel): Promise<void> => {
  const label = settings.text('label') ?? 'report';
  const link = settings.text('artifact-url');
  const footer = link === undefined ? '' : `\n[All reports and logs](${link})\n`;
  const room = commentLimit - marker(label).length - footer.length - 1;
  using stop = listenForStop(terminal);
  try {
    const place = await pullRequest(terminal.env, settings.integer('pr', 1));
    // A budget in bytes keeps the number of characters below it, too.
    const done = await placeComment(place, label, renderMarkdown(model, room) + footer, stop.signal);
    terminal.err(`${done} the comment on pull request ${place.number} of ${place.repository}`);
  } catch (error) {
    stop.signal.throwIfAborted();
    if (!(error instanceof KolaError)) throw error;
    for (const line of explainError(error, false).lines) terminal.err(line);
    terminal.out(`::warning title=No comment on the pull request::${error.message.split('\n')[0]}`);
  }
};

export const command: CommandModule = {
  positional: '[action...]',
  words: ['publish'],
  after: [
    "kola github publish RUN_DIR, in a step of GitHub Actions, sets the step's outputs (verdict, passed, failed, flaky,",
    'infra, blocked, run-id, report-path) and adds to its summary. Annotations are made by kola run itself, or for runs',
    'that were merged with --annotate. With',
    '--comment (env GITHUB_TOKEN) the pull request has one comment, which every further run changes.',
  ].join('\n'),
  options: async () => [
    { name: 'annotate', description: 'print annotations, one for each cause and ten at most' },
    { name: 'comment', description: 'place or change the comment on the pull request' },
    { name: 'pr', value: 'n', description: 'its number, when the event of the workflow does not tell' },
    {
      name: 'label',
      value: 'name',
      fallback: 'report',
      description: 'tells comments of several workflows apart',
    },
    { name: 'artifact-url', value: 'url', description: 'where the run folder was uploaded to' },
  ],
  run,
};
