import { UsageError } from '../../core/errors.ts';
import type { ExitCode } from '../../core/outcome.ts';
import { releaseBoard } from '../../gate/board.ts';
import type { Candidate } from '../../gate/input.ts';
import { decide, exitCodeOf } from '../../gate/verdict.ts';
import type { CommandInput } from '../command.ts';
import { gatherAll } from './evidence.ts';

/** `kola gate board stable:4459.2.1 beta:4547.1.0 …`: all streams of a release day beside each other. */
export const showBoard = async (input: CommandInput, names: readonly string[]): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const inputs = await gatherAll(names.map(parseCandidate), input);
  const board = releaseBoard(inputs.map(decide));
  if (settings.on('json')) {
    terminal.out(JSON.stringify(board, null, 2));
    return exitCodeOf(board.overall);
  }
  const heads = ['CHANNEL', 'VERSION', 'ARCH', 'VERDICT', 'UNMET', 'MISSING', 'WAIVED', 'WARNINGS', 'TESTED'];
  const rows = board.rows.map(row => [
    row.channel,
    row.version,
    row.arch,
    row.decision,
    ...[row.unmet, row.missing, row.waived, row.warnings].map(String),
    `${row.tested} of ${row.expected}`,
  ]);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map(row => row[column]?.length ?? 0)),
  );
  for (const row of [heads, ...rows])
    terminal.out(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  terminal.out(`release day: ${board.overall}`);
  return exitCodeOf(board.overall);
};

const parseCandidate = (name: string): Candidate => {
  const [, channel, version] = /^([^:]+):(.+)$/.exec(name) ?? [];
  if (channel !== undefined && version !== undefined) return { channel, version };
  throw new UsageError('gate-candidate', `kola gate board: expected CHANNEL:VERSION, found ${name}`);
};
