import { basename } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { allRequirements } from '../agenda.ts';
import { canonicalJson, sha256Of } from '../canonical.ts';
import { emergencyFault } from '../emergency.ts';
import type { Candidate, GateInput } from '../input.ts';
import { channelRules } from '../policy/load.ts';
import { decide, type Verdict } from '../verdict.ts';
import { freezeInput } from './evidence.ts';
import { closing } from './quorum.ts';
import { type DecisionRecord, type EntryOf, openingOf } from './record.ts';
import {
  type AppendOptions,
  appendEntry,
  createRecord,
  evidenceFileOf,
  latestRecord,
  latestRecordFile,
  recordFile,
} from './record-file.ts';

export interface Meeting {
  readonly file: string;
  readonly record: DecisionRecord;
}

/**
 * `kola gate open`: computes the verdict, freezes what it was computed from, and starts the vote. Refused while a
 * record of the candidate is open or was closed as GO.
 */
export const openMeeting = async (
  folder: string,
  input: GateInput,
  by: string,
  options: Omit<AppendOptions, 'now'> = {},
): Promise<Meeting & { readonly verdict: Verdict }> => {
  const { emergency, policy } = input;
  const fault = emergency === undefined ? undefined : emergencyFault(emergency, policy.policy);
  if (fault !== undefined)
    throw new UsageError('emergency-refused', `the ${emergency?.kind} release is refused: ${fault}`);
  const before = await latestRecord(folder, input.candidate);
  const ended = before?.record.entries.at(-1);
  if (before !== undefined && !(ended?.type === 'closed' && ended.outcome === 'NO-GO')) {
    const state = ended?.type === 'closed' ? 'closed as GO' : 'open';
    throw new UsageError('decision-open', `${before.file} is ${state}`, {
      hint: state === 'open' ? 'vote on it, or close it' : 'a GO is final',
    });
  }
  const round = (before?.record.round ?? 0) + 1;
  const file = recordFile(folder, input.candidate, round);
  const verdict = decide(input);
  const evidence = freezeInput(input);
  const body = {
    ...opening(input, verdict, by),
    evidence: { file: basename(evidenceFileOf(file)), hash: sha256Of(evidence) },
  };
  const record = await createRecord(file, { schema: 1, ...input.candidate, round }, body, evidence, {
    ...options,
    now: input.now,
  });
  return { file, record, verdict };
};

const opening = (input: GateInput, verdict: Verdict, by: string) => {
  const { policy, waivers, candidate } = input;
  const { quorum } = channelRules(policy.policy, candidate.channel).rules;
  const requirements = allRequirements(verdict);
  const ignored = new Set(verdict.ignored.map(one => one.run));
  return {
    type: 'opened' as const,
    by,
    policy: { id: policy.policy.id, hash: policy.hash },
    waivers: waivers.map(({ id, hash }) => ({ id, hash })).sort((a, b) => (a.id < b.id ? -1 : 1)),
    runs: [...new Set(input.targets.map(target => target.run))].filter(run => !ignored.has(run)).sort(),
    digests: [...new Set(verdict.arches.flatMap(arch => arch.digests))].sort(),
    verdict: {
      overall: verdict.overall,
      arches: verdict.arches.map(({ arch, decision }) => ({ arch, decision })),
      hash: sha256Of(canonicalJson(verdict)),
      requirements: Object.fromEntries(requirements.map(one => [one.id, one.state])),
      open: requirements
        .filter(one => one.severity === 'blocking' && one.state === 'missing')
        .map(one => one.id),
    },
    quorum: { ...quorum, voters: [...policy.policy.voters] },
  };
};

export interface Vote {
  readonly voter: string;
  readonly vote: EntryOf<'voted'>['vote'];
  readonly reason: string;
  /** Id of a requirement of the verdict; a no-go must name one. */
  readonly requirement?: string;
}

/** `kola gate vote`. A voter's last vote counts. Throws UsageError for strangers and for a no-go about nothing. */
export const castVote = async (
  folder: string,
  candidate: Candidate,
  vote: Vote,
  options: AppendOptions,
): Promise<Meeting> => {
  const { file } = await openRecord(folder, candidate);
  const record = await appendEntry(
    file,
    current => {
      checkVote(current, vote);
      return { type: 'voted', ...vote };
    },
    options,
  );
  return { file, record };
};

const checkVote = (record: DecisionRecord, vote: Vote): void => {
  const { quorum, verdict } = openingOf(record);
  if (quorum.voters.length > 0 && !quorum.voters.includes(vote.voter)) {
    throw new UsageError(
      'voter-unknown',
      `${vote.voter} is not among the voters ${quorum.voters.join(', ')}`,
    );
  }
  if (vote.requirement === undefined) {
    if (vote.vote !== 'no-go') return;
    throw new UsageError('vote-without-requirement', 'a no-go vote has to name the requirement it is about', {
      hint: `one of ${Object.keys(verdict.requirements).join(', ')}`,
    });
  }
  if (verdict.requirements[vote.requirement] === undefined) {
    throw new UsageError('requirement-unknown', `the verdict has no requirement ${vote.requirement}`, {
      hint: `one of ${Object.keys(verdict.requirements).join(', ')}`,
    });
  }
};

export interface CloseRequest {
  readonly by: string;
  readonly conditions?: readonly { readonly requirement: string; readonly text: string }[];
  /** Milliseconds since the epoch. */
  readonly nextReview?: number;
}

/**
 * `kola gate close`: writes what votes and verdict add up to, after which nothing can be added. Throws UsageError,
 * saying what is lacking, while they add up to nothing.
 */
export const closeMeeting = async (
  folder: string,
  candidate: Candidate,
  request: CloseRequest,
  options: AppendOptions,
): Promise<Meeting> => {
  const { file } = await openRecord(folder, candidate);
  const record = await appendEntry(
    file,
    current => ({
      type: 'closed',
      by: request.by,
      ...closing(current, request.conditions ?? [], options.now),
      ...(request.nextReview === undefined ? {} : { nextReview: new Date(request.nextReview).toISOString() }),
    }),
    options,
  );
  return { file, record };
};

export const openRecord = async (folder: string, candidate: Candidate): Promise<Meeting> => {
  const found = await latestRecord(folder, candidate);
  if (found === undefined) throw neverOpened(folder, candidate);
  return found;
};

/** Its file alone: for those who want to find out whether it is still what was written. */
export const openRecordFile = async (folder: string, candidate: Candidate): Promise<string> => {
  const found = await latestRecordFile(folder, candidate);
  if (found === undefined) throw neverOpened(folder, candidate);
  return found;
};

const neverOpened = (folder: string, { channel, version }: Candidate): UsageError =>
  new UsageError('decision-absent', `no decision about ${channel} ${version} was opened in ${folder}`, {
    hint: `kola gate open --channel=${channel} --version=${version}`,
  });
