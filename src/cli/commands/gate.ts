import { KolaError, UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import type { CommandInput, CommandModule } from '../command.ts';
import { explainError } from '../explain-error.ts';
import { didYouMean } from '../nearest.ts';
import { gateOptions } from '../options/gate.ts';

type Action = (input: CommandInput, words: readonly string[]) => Promise<ExitCode>;

/** Loaded when chosen: help and completion need none of them. */
const actions: Readonly<Record<string, () => Promise<Action>>> = {
  board: async () => (await import('../gate/board.ts')).showBoard,
  open: async () => withoutWords((await import('../gate/meeting.ts')).open),
  vote: async () => (await import('../gate/meeting.ts')).vote,
  close: async () => withoutWords((await import('../gate/meeting.ts')).close),
  show: async () => withoutWords((await import('../gate/record.ts')).show),
  replay: async () => (await import('../gate/record.ts')).replayRecords,
  verify: async () => (await import('../gate/record.ts')).verify,
  notify: async () => withoutWords((await import('../gate/record.ts')).notify),
};

const withoutWords =
  (action: (input: CommandInput) => Promise<ExitCode>): Action =>
  (input, words) => {
    if (words.length === 0) return action(input);
    throw new UsageError(
      'gate-words',
      `kola gate ${input.args[0]}: expected no arguments, found ${words.join(' ')}`,
    );
  };

/** Not enough is known or said to decide: that is an answer, and no mistake of the caller. */
const undecided = new Set(['no-quorum', 'verdict-undecided']);

const run = async (input: CommandInput): Promise<ExitCode> => {
  const [name, ...words] = input.args;
  if (name === undefined) return (await import('../gate/verdict.ts')).showVerdict(input);
  const load = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (load === undefined) {
    const known = Object.keys(actions);
    throw new UsageError('gate-action', `kola gate: unknown action ${name}`, {
      hint: didYouMean(name, known) ?? `known actions: ${known.join(', ')}`,
    });
  }
  try {
    return await (await load())(input, words);
  } catch (error) {
    if (!(error instanceof KolaError) || !undecided.has(error.code)) throw error;
    for (const line of explainError(error, false).lines) input.terminal.err(line);
    return exitCode.undecided;
  }
};

export const command: CommandModule = {
  positional: '[action...]',
  words: Object.keys(actions),
  configurable: ['store', 'policy', 'decisions', 'webhook', 'webhook-kind'],
  after: [
    'Without an action: the verdict. Exit code 0 = GO, 7 = NO-GO, 8 = UNDECIDED.',
    '',
    'Actions:',
    '  board CHANNEL:VERSION...  verdicts of a release day beside each other',
    '  open                      freeze the evidence and start the vote',
    '  vote go|no-go|abstain     vote; --by, --reason, and for a no-go --requirement',
    '  close                     decide: 0 = GO, 7 = NO-GO, 8 = no quorum yet',
    '  show                      the decision as Markdown',
    '  replay [FILE...]          compute the verdict again from the frozen evidence; 1 = it differs',
    '  verify [FILE...]          check hashes, evidence and signatures; 1 = something was changed',
    '  notify                    tell voters how the verdict has changed since the vote was opened',
  ].join('\n'),
  options: async () => gateOptions,
  run,
};
