import { createInterface } from 'node:readline/promises';
import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { hostArch } from '../choose-platforms.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { findInstaller } from '../host/apt.ts';
import { type HostPackage, type Purpose, packagesFor } from '../host/packages.ts';
import { missingOf } from '../host/presence.ts';
import { boardsOf } from '../options/values.ts';
import { listenForStop } from '../stop.ts';
import type { Terminal } from '../terminal.ts';

const run = async ({ settings, terminal }: CommandInput): Promise<ExitCode> => {
  const boards = boardsOf(settings);
  const purposes: readonly Purpose[] = settings.on('tests')
    ? ['run', 'shell', 'build', 'test']
    : ['run', 'shell', 'build'];
  const wanted = packagesFor(purposes, boards.length === 0 ? [hostArch()] : boards);
  const missing = wanted.filter(one => missingOf(one).length > 0);
  if (missing.length === 0) {
    terminal.out(`kola setup: all ${wanted.length} system packages are there`);
    return exitCode.passed;
  }
  const installer = findInstaller(terminal.interactive);
  for (const { name, why } of missing) terminal.out(`${name.padEnd(20)} ${why}`);
  const names = missing.map(({ name }) => name);
  if (!settings.on('yes') && !(await agreed(`Install these with ${installer.shown}?`, names, terminal)))
    return exitCode.usage;
  using stop = listenForStop(terminal);
  await installer.install(names, stop.signal);
  return report(missing, terminal);
};

const agreed = async (question: string, names: readonly string[], terminal: Terminal): Promise<boolean> => {
  if (!terminal.interactive)
    throw new UsageError('setup-unanswered', `missing packages: ${names.join(' ')}`, {
      hint: 'kola setup --yes installs them without asking',
    });
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^(y|yes|)$/i.test((await reader.question(`${question} [Y/n] `)).trim());
  } finally {
    reader.close();
  }
};

const report = (installed: readonly HostPackage[], terminal: Terminal): ExitCode => {
  const still = installed.flatMap(one => missingOf(one).map(file => `${one.name} did not bring ${file}`));
  for (const line of still) terminal.err(`kola: ${line}`);
  if (still.length > 0) return exitCode.infrastructure;
  terminal.out(`kola setup: installed ${installed.map(({ name }) => name).join(' ')}`);
  return exitCode.passed;
};

export const command: CommandModule = {
  options: async () => [
    { name: 'yes', short: 'y', description: 'install without asking' },
    {
      name: 'board',
      aliases: ['arch'],
      value: 'amd64-usr|arm64-usr',
      list: true,
      description: 'architectures to be ready for; default: this machine',
    },
    { name: 'tests', description: "also what kola's own tests need" },
  ],
  run,
};
