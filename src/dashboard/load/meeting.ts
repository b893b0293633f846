import type { MeetingState } from '../../../reports/dashboard/model.ts';
import { KolaError } from '../../core/errors.ts';
import { tallyOf } from '../../gate/decision/quorum.ts';
import { closingOf, type DecisionRecord, openingOf } from '../../gate/decision/record.ts';
import { latestRecord } from '../../gate/decision/record-file.ts';
import type { Candidate } from '../../gate/input.ts';
import type { Moment } from '../site.ts';

type Found = { readonly record: DecisionRecord | undefined } | { readonly fault: string };

/** The newest record; a damaged one is shown as such and never as no record. */
export const readRecord = async (moment: Moment, candidate: Candidate): Promise<Found> => {
  try {
    return { record: (await latestRecord(moment.sources.decisionFolder, candidate))?.record };
  } catch (error) {
    if (!(error instanceof KolaError)) throw error;
    return { fault: error.message };
  }
};

export const meetingOf = async (moment: Moment, candidate: Candidate): Promise<MeetingState> => {
  const found = await readRecord(moment, candidate);
  if ('fault' in found) return { state: 'broken', why: found.fault };
  const { record } = found;
  if (record === undefined) return { state: 'not-opened' };
  const closing = closingOf(record);
  if (closing !== undefined)
    return { state: 'decided', outcome: closing.outcome, at: Date.parse(closing.time) };
  const { quorum, time } = openingOf(record);
  const { go, noGo, voters } = tallyOf(record);
  const lazyFrom =
    quorum.lazyHours === undefined ? null : Date.parse(time) + Math.round(quorum.lazyHours * 3_600_000);
  return { state: 'voting', go, noGo, voters, lazyFrom };
};
