import { readFile } from 'node:fs/promises';
import type { DecisionModel, DecisionRound } from '../../../reports/dashboard/model.ts';
import {
  closingOf,
  currentVotes,
  type DecisionRecord,
  openingOf,
  parseRecord,
} from '../../gate/decision/record.ts';
import { recordFile } from '../../gate/decision/record-file.ts';
import type { Moment } from '../site.ts';
import { readRecord } from './meeting.ts';
import type { ReleaseState } from './release-state.ts';

/** V12. */
export const loadDecision = async (moment: Moment, state: ReleaseState): Promise<DecisionModel> => {
  const found = await readRecord(moment, state.input.candidate);
  if ('fault' in found)
    return { head: state.head, rounds: [], faults: [found.fault], open: false, requirements: [] };
  const { record } = found;
  const open = record !== undefined && closingOf(record) === undefined;
  return {
    head: state.head,
    rounds: record === undefined ? [] : [record, ...(await earlierRounds(moment, record))].map(roundOf),
    faults: [],
    open,
    requirements: record === undefined ? [] : Object.keys(openingOf(record).verdict.requirements),
  };
};

/** Meetings that ended in a NO-GO, newest first. They were read without fault to find the newest. */
const earlierRounds = async (moment: Moment, newest: DecisionRecord): Promise<DecisionRecord[]> => {
  const rounds = Array.from({ length: newest.round - 1 }, (_, index) => newest.round - 1 - index);
  return Promise.all(
    rounds.map(async round => {
      const file = recordFile(moment.sources.decisionFolder, newest, round);
      return parseRecord(file, await readFile(file, 'utf8'));
    }),
  );
};

const roundOf = (record: DecisionRecord): DecisionRound => {
  const opened = openingOf(record);
  const end = closingOf(record);
  const voted = currentVotes(record);
  const { majority, lazyHours, voters } = opened.quorum;
  const lazy = lazyHours === undefined ? '' : ` or one GO without a NO-GO after ${lazyHours} h`;
  return {
    round: record.round,
    openedAt: Date.parse(opened.time),
    by: opened.by,
    policy: opened.policy,
    evidence: opened.evidence.hash,
    runs: opened.runs.length,
    waivers: opened.waivers.map(one => one.id),
    verdict: opened.verdict.overall,
    arches: opened.verdict.arches,
    quorum: `more than ${Math.round(majority * 100)} % of ${voters.length} voters${lazy}`,
    votes: record.entries.flatMap(entry =>
      entry.type === 'voted'
        ? [
            {
              voter: entry.voter,
              vote: entry.vote,
              reason: entry.reason,
              requirement: entry.requirement ?? null,
              at: Date.parse(entry.time),
              signedBy: entry.signature?.by ?? null,
            },
          ]
        : [],
    ),
    waiting: voters.filter(voter => !voted.some(vote => vote.voter === voter)),
    closed:
      end === undefined
        ? null
        : {
            outcome: end.outcome,
            how: end.how,
            by: end.by,
            at: Date.parse(end.time),
            conditions: end.conditions,
            nextReview: end.nextReview === undefined ? null : Date.parse(end.nextReview),
          },
  };
};
