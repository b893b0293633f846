import { resolve } from 'node:path';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { decisionMarkdown } from '../../gate/decision/markdown.ts';
import { openRecord, openRecordFile } from '../../gate/decision/meeting.ts';
import { replay, verifyRecord } from '../../gate/decision/verify.ts';
import { verdictNotice } from '../../gate/decision/webhook.ts';
import { decide } from '../../gate/verdict.ts';
import type { CommandInput } from '../command.ts';
import { decisionsFolder } from '../policy-files.ts';
import { shownPath } from '../run-folder.ts';
import { candidateOf, gatherOne } from './evidence.ts';
import { trustedKeys } from './signing.ts';
import { tell } from './tell-voters.ts';

/** The records that an action is about: the files given, else the newest one of `--channel` and `--version`. */
const recordFiles = async (input: CommandInput, files: readonly string[]): Promise<readonly string[]> => {
  const { settings, terminal } = input;
  if (files.length > 0) return files.map(file => resolve(terminal.cwd, file));
  return [await openRecordFile(decisionsFolder(settings, terminal), candidateOf(input))];
};

/** `kola gate show`: the decision as Markdown, for the release issue. */
export const show = async (input: CommandInput): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const { file, record } = await openRecord(decisionsFolder(settings, terminal), candidateOf(input));
  if (settings.on('json')) terminal.out(JSON.stringify(record, null, 2));
  else terminal.out(decisionMarkdown(record, (await replay(file)).verdict));
  return exitCode.passed;
};

/** `kola gate replay`: 1 when the verdict does not come out as it was recorded. */
export const replayRecords = async (input: CommandInput, files: readonly string[]): Promise<ExitCode> => {
  const { settings, terminal } = input;
  let code: ExitCode = exitCode.passed;
  for (const file of await recordFiles(input, files)) {
    const done = await replay(file);
    if (!done.same) code = exitCode.failed;
    const shown = shownPath(file, terminal.cwd);
    if (settings.on('json')) terminal.out(JSON.stringify({ file, ...done }, null, 2));
    else if (done.same) terminal.out(`${shown}: ${done.verdict.overall}, the same bytes (${done.computed})`);
    else terminal.out(`${shown}: recorded ${done.recorded}, computed ${done.computed}`);
  }
  return code;
};

/** `kola gate verify`: 1 when a record, its evidence or a signature is not what was written. */
export const verify = async (input: CommandInput, files: readonly string[]): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const trusted = trustedKeys(input);
  let code: ExitCode = exitCode.passed;
  for (const file of await recordFiles(input, files)) {
    const check = await verifyRecord(file, trusted);
    const problems = [...check.problems, ...(settings.on('signed') ? unsigned(check) : [])];
    if (problems.length > 0) code = exitCode.failed;
    if (settings.on('json')) {
      terminal.out(JSON.stringify({ file, ...check, problems }, null, 2));
      continue;
    }
    const shown = shownPath(file, terminal.cwd);
    for (const { entry, by, state } of check.signatures)
      terminal.out(`${shown}: entry ${entry} signed by ${by}: ${state}`);
    for (const problem of problems) terminal.out(`${shown}: ${problem}`);
    if (problems.length === 0) terminal.out(`${shown}: ${check.record.entries.length} entries, unchanged`);
  }
  return code;
};

const unsigned = ({ record, signatures }: Awaited<ReturnType<typeof verifyRecord>>): readonly string[] =>
  record.entries
    .filter(({ n }) => !signatures.some(({ entry, state }) => entry === n && state === 'valid'))
    .map(({ n, type }) => `entry ${n} (${type}) is not signed by a trusted key`);

/** `kola gate notify`: tells voters how the verdict of now differs from the one they were given. */
export const notify = async (input: CommandInput): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const file = await openRecordFile(decisionsFolder(settings, terminal), candidateOf(input));
  const before = (await replay(file)).verdict;
  const notice = verdictNotice(before, decide(await gatherOne(input)));
  if (notice === undefined) {
    terminal.out('nothing has changed since the vote was opened');
    return exitCode.passed;
  }
  terminal.out(notice.text);
  if (!(await tell(input, notice))) terminal.err('note: nobody was told: no --webhook is set');
  return exitCode.passed;
};
