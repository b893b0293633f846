import { UsageError } from '../../core/errors.ts';
import { currentVotes, type DecisionRecord, type EntryOf, openingOf } from './record.ts';

type Closing = Pick<EntryOf<'closed'>, 'outcome' | 'how' | 'tally' | 'conditions'>;
type Condition = EntryOf<'closed'>['conditions'][number];

/**
 * What a record closes as. An unmet requirement is a NO-GO without a vote. Otherwise more than the majority of the
 * voters decides, or, after the lazy hours, one GO against no NO-GO. What is still missing from the verdict has to be
 * named as a condition of a GO.
 */
export const closing = (record: DecisionRecord, conditions: readonly Condition[], now: number): Closing => {
  const { verdict, quorum } = openingOf(record);
  const tally = tallyOf(record);
  const base = { tally, conditions: [...conditions] };
  if (verdict.overall === 'NO-GO') return { ...base, outcome: 'NO-GO', how: 'machine-verdict' };
  const needed = quorum.voters.length * quorum.majority;
  if (quorum.voters.length > 0 && tally.noGo > needed) return { ...base, outcome: 'NO-GO', how: 'majority' };
  const how = howGo(record, tally, needed, now);
  if (how === undefined) throw new UsageError('no-quorum', lacking(record, tally, now));
  checkConditions(verdict, conditions);
  return { ...base, outcome: 'GO', how };
};

const howGo = (
  record: DecisionRecord,
  tally: Closing['tally'],
  needed: number,
  now: number,
): 'majority' | 'lazy-consensus' | undefined => {
  const opened = openingOf(record);
  if (opened.quorum.voters.length > 0 && tally.go > needed) return 'majority';
  const { lazyHours } = opened.quorum;
  const waited = now - Date.parse(opened.time);
  const lazy = lazyHours !== undefined && waited >= lazyHours * 3_600_000;
  return lazy && tally.go > 0 && tally.noGo === 0 ? 'lazy-consensus' : undefined;
};

export const tallyOf = (record: DecisionRecord): Closing['tally'] => {
  const votes = currentVotes(record);
  const count = (vote: string): number => votes.filter(one => one.vote === vote).length;
  return {
    go: count('go'),
    noGo: count('no-go'),
    abstain: count('abstain'),
    voters: openingOf(record).quorum.voters.length,
  };
};

const lacking = (record: DecisionRecord, tally: Closing['tally'], now: number): string => {
  const opened = openingOf(record);
  const { voters, majority, lazyHours } = opened.quorum;
  const missing = voters.filter(voter => !currentVotes(record).some(vote => vote.voter === voter));
  const parts = [`no quorum: ${tally.go} GO and ${tally.noGo} NO-GO`];
  if (voters.length > 0)
    parts.push(`more than ${majority * voters.length} of ${voters.length} voters are needed`);
  if (missing.length > 0) parts.push(`not voted: ${missing.join(', ')}`);
  if (lazyHours !== undefined && tally.noGo === 0) {
    const from = Date.parse(opened.time) + lazyHours * 3_600_000;
    const when = from > now ? ` from ${new Date(from).toISOString()} on` : '';
    parts.push(`one GO and no NO-GO are enough${when}`);
  }
  return parts.join('; ');
};

const checkConditions = (verdict: EntryOf<'opened'>['verdict'], conditions: readonly Condition[]): void => {
  const unknown = conditions.filter(one => verdict.requirements[one.requirement] === undefined);
  if (unknown.length > 0) {
    throw new UsageError('requirement-unknown', `the verdict has no requirement ${unknown[0]?.requirement}`);
  }
  const open = verdict.open.filter(id => !conditions.some(one => one.requirement === id));
  if (open.length === 0) return;
  throw new UsageError(
    'verdict-undecided',
    `a GO has to name what is missing as its conditions: ${open.join(', ')}`,
    {
      hint: 'bring the evidence and open the next round, or give a condition for each',
    },
  );
};
