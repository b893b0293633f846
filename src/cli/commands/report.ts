import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { chooseFormats, renderReports, writeReports } from '../write-reports.ts';

const run = async ({ args, settings, terminal }: CommandInput): Promise<ExitCode> => {
  const [folder, ...more] = args;
  if (folder === undefined || more.length > 0)
    throw new UsageError('report-folder', `kola report: expected one run folder, found ${args.length}`, {
      hint: 'such as kola report _kola_temp/qemu-latest --format=html',
    });
  const runDir = resolve(terminal.cwd, folder);
  const formats = chooseFormats(settings.list('format'));
  const output = settings.text('output');
  if (output === undefined) {
    for (const { path } of await writeReports(runDir, formats)) terminal.out(path);
    return exitCode.passed;
  }
  if (formats.length !== 1) throw settings.wrong('output', 'a single --format with it');
  const [report] = await renderReports(runDir, formats);
  if (output === '-') terminal.write(report?.text ?? '');
  else await writeFile(resolve(terminal.cwd, output), report?.text ?? '');
  return exitCode.passed;
};

export const command: CommandModule = {
  positional: '[folder...]',
  after:
    'Reports are made from events.ndjson alone, so that a run of last month can be shown by the kola of today.',
  options: async () => {
    const { reportFormats } = await import('../../../reports/index.ts');
    return [
      {
        name: 'format',
        value: 'name',
        list: true,
        choices: [...reportFormats.map(({ name }) => name), 'all'],
        fallback: 'all',
        description: 'which reports',
      },
      {
        name: 'output',
        value: 'file|-',
        description: 'write there instead of into the run folder; - = print',
      },
    ];
  },
  run,
};
