import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { choosePlatforms } from '../choose-platforms.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { discoverPlatforms } from '../discover.ts';
import { importRunFolder } from '../import-run-folder.ts';
import { knownIssuesOf } from '../known-issues.ts';
import { knownScenarios } from '../known-scenarios.ts';
import { platformOptions } from '../options/platform.ts';
import { paceFor, queueOf, queueOptions, quotasOf } from '../options/queue.ts';
import { releaseImageOptions } from '../options/release.ts';
import { accessOptions, runOptions } from '../options/run.ts';
import { scenarioOptions, targetOptions } from '../options/selection.ts';
import { configuredStore, embargoedOption, storeOption } from '../options/store.ts';
import { checkFixedValues, logLevelOf, selectionOf } from '../options/values.ts';
import { shownPath } from '../run-folder.ts';
import { runRequest } from '../run-request.ts';
import { listenForStop } from '../stop.ts';
import type { Terminal } from '../terminal.ts';
import { warnNothingMatches } from '../unmatched.ts';

const run = async ({ args, settings, terminal, argv }: CommandInput): Promise<ExitCode> => {
  checkFixedValues(settings);
  const store = configuredStore(settings);
  const queue = queueOf(settings);
  quotasOf(settings);
  paceFor(settings);
  const knownIssues = knownIssuesOf(settings, terminal.cwd);
  const selection = { ...selectionOf(settings, args), knownIssues };
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
  // The engine and the reports are loaded only now: a wrong flag is answered without them.
  const [{ executeRun }, { realMachines }, { createLiveView }] = await Promise.all([
    import('../../run/run.ts'),
    import('../../run/real-machines.ts'),
    import('../live-view.ts'),
  ]);
  const folder = shownPath(plain.outputDir, terminal.cwd);
  const view = createLiveView(terminal, folder, logLevelOf(settings));
  const request = { ...plain, knownIssues, reporters: view.reporters, ports: realMachines };
  const summary =
    queue === undefined
      ? await executeRun(request)
      : await (await import('../queue/run.ts')).runOnQueue(request, queue, settings, terminal);
  const reports = await leaveReports(plain.outputDir, settings.text('tapfile'), terminal);
  view.close(reports.map(path => shownPath(path, terminal.cwd)));
  if (store !== undefined) await importRunFolder(plain.outputDir, store, settings.on('embargoed'), terminal);
  return summary.exitCode;
};

/** Writes all reports; the run's verdict stands even when one of them cannot be written. */
const leaveReports = async (
  runDir: string,
  tapfile: string | undefined,
  terminal: Terminal,
): Promise<readonly string[]> => {
  const { writeReports } = await import('../write-reports.ts');
  const written = await writeReports(runDir);
  const paths = written.map(({ path }) => path);
  if (tapfile === undefined) return paths;
  const copy = resolve(terminal.cwd, tapfile);
  try {
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(runDir, 'test.tap'), copy);
  } catch (error) {
    throw new UsageError('tapfile', `--tapfile ${tapfile} cannot be written: ${String(error)}`, {
      cause: error,
    });
  }
  return [...paths, copy];
};

export const command: CommandModule = {
  positional: '[glob...]',
  takesScenarios: true,
  configurable: true,
  after: [
    'With a --store, results are imported into it at the end of the run (--store=none: not this time).',
    'Every option can stand in kola.yaml (key: the long flag) or in the environment (KOLA_OUTPUT_DIR=…);',
    'flags win over the environment, the environment over the file.',
    '',
    'Examples:',
    '  kola run --image=reference --tag=smoke',
    "  kola run -p qemu --image=flatcar_production_qemu_image.img -j 4 'cl.*' 'coreos.ignition.*'",
  ].join('\n'),
  options: async () => [
    ...scenarioOptions,
    ...targetOptions,
    ...releaseImageOptions,
    ...runOptions,
    ...accessOptions,
    ...queueOptions,
    storeOption,
    embargoedOption,
    ...platformOptions(await discoverPlatforms()),
  ],
  run,
};
