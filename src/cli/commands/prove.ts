import { resolve } from 'node:path';
import { createProveTable } from '../../../reports/prove/table.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import type { RunRequest } from '../../run/request.ts';
import { choosePlatforms } from '../choose-platforms.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { discoverPlatforms } from '../discover.ts';
import { earlierProofs } from '../earlier-proofs.ts';
import { knownIssuesOf } from '../known-issues.ts';
import { knownScenarios } from '../known-scenarios.ts';
import { platformOptions } from '../options/platform.ts';
import { proveOptions } from '../options/prove.ts';
import { paceFor, queueOf, queueOptions, quotasOf } from '../options/queue.ts';
import { scenarioOptions, targetOptions } from '../options/selection.ts';
import { checkFixedValues, logLevelOf, selectionOf } from '../options/values.ts';
import { shownPath } from '../run-folder.ts';
import { runRequest } from '../run-request.ts';
import { listenForStop } from '../stop.ts';
import { warnNothingMatches } from '../unmatched.ts';

const run = async ({ args, settings, terminal, argv }: CommandInput): Promise<ExitCode> => {
  checkFixedValues(settings);
  const knownIssues = knownIssuesOf(settings, terminal.cwd);
  const selection = { ...selectionOf(settings, args), knownIssues };
  const budget = settings.integer('budget', 1);
  const limit = settings.integer('time-limit', 1);
  const queue = queueOf(settings);
  quotasOf(settings);
  paceFor(settings);
  if (selection.shard !== undefined)
    terminal.err(`Prove shard ${selection.shard.part} of ${selection.shard.of}`);
  const [known, found] = await Promise.all([discoverPlatforms(), knownScenarios(settings, terminal.cwd)]);
  const platforms = choosePlatforms(settings, known);
  if (warnNothingMatches(args, found, terminal)) return exitCode.nothingSelected;
  using stop = listenForStop(terminal);
  const plain = await runRequest({
    settings,
    terminal,
    argv,
    platforms,
    selection,
    scenarios: found.map(({ scenario }) => scenario),
    signal: stop.signal,
  });
  const resumed = settings.text('resume');
  // Read before the folder is taken: it may be the same one.
  const proven =
    resumed === undefined ? new Map() : earlierProofs(resolve(terminal.cwd, resumed), plain.targets);
  const [{ executeRun }, { realMachines }, { createLiveView }, { writeReports }, { proveFormats }] =
    await Promise.all([
      import('../../run/run.ts'),
      import('../../run/real-machines.ts'),
      import('../live-view.ts'),
      import('../write-reports.ts'),
      import('../../../reports/prove/index.ts'),
    ]);
  const view = createLiveView(terminal, shownPath(plain.outputDir, terminal.cwd), logLevelOf(settings));
  const table = createProveTable();
  const request: RunRequest = {
    ...plain,
    knownIssues,
    keep: false,
    prove: { proven, allowUndeclared: settings.on('allow-undeclared') },
    ...(budget === undefined ? {} : { budget: budget * 1000 }),
    ...(limit === undefined ? {} : { limit: limit * 1000 }),
    reporters: [...view.reporters, table],
    ports: realMachines,
  };
  const summary =
    queue === undefined
      ? await executeRun(request)
      : await (await import('../queue/run.ts')).runOnQueue(request, queue, settings, terminal);
  const reports = await writeReports(plain.outputDir, proveFormats);
  view.close(reports.map(({ path }) => shownPath(path, terminal.cwd)));
  for (const line of table.lines()) terminal.out(line);
  return summary.exitCode;
};

export const command: CommandModule = {
  positional: '[glob...]',
  takesScenarios: true,
  configurable: true,
  after: [
    'Every scenario runs, its machine is harmed by the fault that it declares, and it must fail as stated.',
    'Exit codes: 0 all proven, 1 one still passes or fails for another cause; what is blocked is neutral.',
    'Stopped with Ctrl-C, it goes on with --resume and the folder it printed.',
    '',
    'Examples:',
    "  kola prove --image=reference 'cl.network.*'",
    '  kola prove --image=reference --shard=3/20 --budget=270 --time-limit=330',
  ].join('\n'),
  options: async () => [
    ...scenarioOptions,
    ...targetOptions,
    ...proveOptions,
    ...queueOptions,
    ...platformOptions(await discoverPlatforms()),
  ],
  run,
};
