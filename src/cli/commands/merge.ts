import type { RunEvent } from '../../core/event.ts';
import { randomIds } from '../../core/ids.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { mergeFolders } from '../merge-folders.ts';
import { redactArgv } from '../redact-argv.ts';
import { placeRun, shownPath } from '../run-folder.ts';
import type { Terminal } from '../terminal.ts';

const run = async ({ args, settings, terminal, argv }: CommandInput): Promise<ExitCode> => {
  const place = placeRun({
    asked: settings.text('output-dir'),
    cwd: terminal.cwd,
    platforms: ['merged'],
    now: Date.now(),
    token: randomIds.next(),
  });
  const { events, reports } = await mergeFolders(args, place, ['kola', ...redactArgv(argv)], terminal);
  for (const path of reports) terminal.out(shownPath(path, terminal.cwd));
  return announceEnd(events, terminal);
};

const announceEnd = (events: readonly RunEvent[], terminal: Terminal): ExitCode => {
  const end = events.at(-1);
  if (end?.type !== 'run.ended') throw new TypeError('a merged log ends with its end');
  terminal.err(end.verdict);
  return Object.values(exitCode).find(code => code === end.exitCode) ?? exitCode.usage;
};

export const command: CommandModule = {
  positional: '[folder...]',
  after: [
    'Joins the run folders of shards and platforms into one, with all reports. The exit code is the one that a single',
    'run of all of it would have had: a scenario that failed in one folder and passed in another is flaky.',
  ].join('\n'),
  options: async () => [
    {
      name: 'output-dir',
      value: 'dir',
      description: 'folder to write instead of _kola_temp/merged-<time>-<id>',
    },
  ],
  run,
};
