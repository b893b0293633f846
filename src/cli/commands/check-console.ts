import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { checkLog } from '../../machine/console/check-log.ts';
import type { RuleHit } from '../../machine/console/hit.ts';
import { consoleRules } from '../../machine/console/rules.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import type { Terminal } from '../terminal.ts';

const run = async ({ args, settings, terminal }: CommandInput): Promise<ExitCode> => {
  const talkative = settings.on('verbose') || settings.on('debug');
  const names = args.length === 0 ? ['-'] : args;
  let counted = 0;
  for (const name of names) {
    const log = name === '-' ? await readInput(talkative, terminal) : readLog(name, terminal.cwd);
    const hits = checkLog(log, consoleRules());
    for (const hit of hits) if (hit.excused === undefined || talkative) show(name, hit, talkative, terminal);
    const own = hits.filter(({ excused }) => excused === undefined).length;
    if (own === 0) terminal.out(`${shown(name)}: no rule hit`);
    counted += own;
  }
  return counted === 0 ? exitCode.passed : exitCode.failed;
};

const shown = (name: string): string => (name === '-' ? 'standard input' : name);

const show = (name: string, hit: RuleHit, excerpt: boolean, terminal: Terminal): void => {
  const excuse = hit.excused === undefined ? '' : ` (does not count: ${hit.excused})`;
  terminal.out(
    `${shown(name)}:${hit.line}: found ${hit.description} [${hit.rule}, ${hit.severity}]${excuse}`,
  );
  if (excerpt) for (const line of hit.excerpt) terminal.out(`    ${line}`);
};

const readInput = (talkative: boolean, terminal: Terminal): Promise<string> => {
  if (talkative || process.stdin.isTTY) terminal.err('Reading a log from standard input; Ctrl-D ends it');
  return text(process.stdin);
};

const readLog = (name: string, cwd: string): string => {
  try {
    return readFileSync(resolve(cwd, name), 'utf8');
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError('log-unreadable', `cannot read ${name} (${problem})`, {
      hint: 'give the console.txt or journal.txt of a machine, or - for standard input',
      cause: error,
    });
  }
};

export const command: CommandModule = {
  positional: '[file...]',
  after: [
    'Exit code 1 when a rule of policy/console-rules.yaml is hit. Without a file, standard input is read.',
    '-v shows the lines before each hit, and hits that do not count.',
  ].join('\n'),
  options: async () => [],
  run,
};
