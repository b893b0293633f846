import { type ExitCode, exitCode } from '../../core/outcome.ts';
import type { Finding } from '../../core/platform.ts';
import { hostArch } from '../choose-platforms.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { discoverPlatforms } from '../discover.ts';
import { hostFindings, platformFindings } from '../host/findings.ts';
import { boardsOf } from '../options/values.ts';

const run = async ({ settings, terminal }: CommandInput): Promise<ExitCode> => {
  const boards = boardsOf(settings);
  const arches = boards.length === 0 ? [hostArch()] : boards;
  const findings = [
    ...hostFindings(arches, terminal.cwd, terminal.env),
    ...(await platformFindings(await discoverPlatforms(), arches, terminal.env)),
  ];
  const blocking = findings.filter(({ state, vital }) => vital && state !== 'present');
  const ready = blocking.length === 0;
  if (settings.on('json')) terminal.out(JSON.stringify({ ready, findings }, null, 2));
  else {
    for (const finding of findings) for (const line of linesOf(finding)) terminal.out(line);
    terminal.out('');
    terminal.out(ready ? summary(findings) : `NOT READY: ${blocking.map(({ id }) => id).join(', ')}`);
  }
  return ready ? exitCode.passed : exitCode.usage;
};

const summary = (findings: readonly Finding[]): string => {
  const limits = findings.filter(({ state }) => state !== 'present');
  if (limits.length === 0) return 'READY: machines can run on QEMU here';
  return `READY: machines can run on QEMU here, with limits: ${limits.map(({ id }) => id).join(', ')}`;
};

const linesOf = ({ id, state, detail, mend }: Finding): readonly string[] => [
  `${state.padEnd(9)} ${id.padEnd(20)} ${detail}`,
  ...(mend === undefined || state === 'present' ? [] : [`${' '.repeat(31)}→ ${mend}`]),
];

export const command: CommandModule = {
  options: async () => [
    {
      name: 'board',
      aliases: ['arch'],
      value: 'amd64-usr|arm64-usr',
      list: true,
      description: 'architectures to look at; default: this machine',
    },
    { name: 'json', description: 'print JSON: {"ready": …, "findings": […]}' },
  ],
  run,
};
