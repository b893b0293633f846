import { UsageError } from '../../core/errors.ts';
import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { castVote, closeMeeting, type Meeting, openMeeting, type Vote } from '../../gate/decision/meeting.ts';
import { closingOf } from '../../gate/decision/record.ts';
import type { CommandInput } from '../command.ts';
import { decisionsFolder } from '../policy-files.ts';
import { shownPath } from '../run-folder.ts';
import { candidateOf, gatherOne } from './evidence.ts';
import { signerOf } from './signing.ts';
import { tellOfRecord } from './tell-voters.ts';

/** `kola gate open`: freezes the evidence and starts the vote, whatever the verdict. */
export const open = async (input: CommandInput): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const by = whoOf(input);
  const options = await appendOptions(input, by);
  const evidence = await gatherOne(input);
  const meeting = await openMeeting(decisionsFolder(settings, terminal), evidence, by, options);
  announce(input, meeting, `verdict ${meeting.verdict.overall}, vote is open`);
  await tellOfRecord(input, meeting);
  return exitCode.passed;
};

const votes = ['go', 'no-go', 'abstain'] as const satisfies readonly Vote['vote'][];

/** `kola gate vote go|no-go|abstain`. */
export const vote = async (input: CommandInput, words: readonly string[]): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const said = votes.find(one => one === words[0]?.toLowerCase());
  if (said === undefined || words.length > 1)
    throw new UsageError(
      'gate-vote',
      `kola gate vote: expected go, no-go or abstain, found ${words.join(' ')}`,
    );
  const voter = whoOf(input);
  const requirement = settings.text('requirement');
  const meeting = await castVote(
    decisionsFolder(settings, terminal),
    candidateOf(input),
    {
      voter,
      vote: said,
      reason: settings.text('reason') ?? '',
      ...(requirement === undefined ? {} : { requirement }),
    },
    { now: Date.now(), ...(await appendOptions(input, voter)) },
  );
  announce(input, meeting, `${voter} votes ${said}`);
  await tellOfRecord(input, meeting);
  return exitCode.passed;
};

/** `kola gate close`: 0 for GO, 7 for NO-GO. */
export const close = async (input: CommandInput): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const by = whoOf(input);
  const nextReview = timeOf(input, 'next-review');
  const meeting = await closeMeeting(
    decisionsFolder(settings, terminal),
    candidateOf(input),
    {
      by,
      conditions: settings.texts('condition').map(text => {
        const [, requirement, wanted] = /^([^=]+)=(.+)$/.exec(text) ?? [];
        if (requirement === undefined || wanted === undefined)
          throw settings.wrong('condition', 'REQUIREMENT=TEXT, such as soak=announced after two weeks');
        return { requirement, text: wanted };
      }),
      ...(nextReview === undefined ? {} : { nextReview }),
    },
    { now: Date.now(), ...(await appendOptions(input, by)) },
  );
  const closed = closingOf(meeting.record);
  announce(input, meeting, `closed as ${closed?.outcome} by ${closed?.how.replace('-', ' ')}`);
  await tellOfRecord(input, meeting);
  return closed?.outcome === 'GO' ? exitCode.passed : exitCode.noGo;
};

const whoOf = ({ settings }: CommandInput): string => {
  const by = settings.text('by');
  if (by === undefined || !/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(by))
    throw settings.wrong('by', 'a handle of letters, digits and dashes: who opens, votes or closes');
  return by;
};

const appendOptions = async (input: CommandInput, by: string) => {
  const signer = await signerOf(input, by);
  return signer === undefined ? {} : { signer };
};

const timeOf = ({ settings }: CommandInput, name: string): number | undefined => {
  const text = settings.text(name);
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw settings.wrong(name, 'a time such as 2026-11-20T18:00:00Z');
  return time;
};

const announce = ({ settings, terminal }: CommandInput, { file, record }: Meeting, text: string): void => {
  if (settings.on('json')) terminal.out(JSON.stringify({ file, record }, null, 2));
  else terminal.out(`${shownPath(file, terminal.cwd)}: ${text}`);
};
