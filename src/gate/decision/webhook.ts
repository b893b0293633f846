import { NetworkError, UsageError } from '../../core/errors.ts';
import { allRequirements } from '../agenda.ts';
import type { Verdict } from '../verdict.ts';
import { tallyOf } from './quorum.ts';
import { closingOf, currentVotes, type DecisionRecord, openingOf } from './record.ts';

/** `chat`: the text alone, as Discord (`content`), Slack and Matrix bridges (`text`) take it. `json`: the data too. */
export type WebhookKind = 'chat' | 'json';

/** What voters are told. */
export interface Notice {
  readonly text: string;
  readonly channel: string;
  readonly version: string;
  readonly event: 'opened' | 'voted' | 'closed' | 'verdict-changed';
  readonly data: unknown;
}

/** The last thing that happened to a record, in a sentence and with what it means for the vote. */
export const recordNotice = (record: DecisionRecord): Notice => {
  const { channel, version } = record;
  const opened = openingOf(record);
  const closed = closingOf(record);
  const tally = tallyOf(record);
  const last = record.entries.at(-1) ?? opened;
  const name = `${channel} ${version}`;
  const missing = opened.quorum.voters.filter(one => !currentVotes(record).some(vote => vote.voter === one));
  const base = { channel, version, data: { tally, missing, verdict: opened.verdict.overall, entry: last } };
  if (closed !== undefined) {
    return { ...base, event: 'closed', text: `${name} is decided: ${closed.outcome} (${closed.how})` };
  }
  const waiting = missing.length === 0 ? '' : `; not voted: ${missing.join(', ')}`;
  if (last.type === 'voted') {
    const about = last.requirement === undefined ? '' : ` over ${last.requirement}`;
    const standing = `${tally.go} GO, ${tally.noGo} NO-GO${waiting}`;
    return {
      ...base,
      event: 'voted',
      text: `${name}: ${last.voter} votes ${last.vote}${about} (${standing})`,
    };
  }
  return {
    ...base,
    event: 'opened',
    text: `${name}: vote is open, verdict ${opened.verdict.overall}${waiting}`,
  };
};

/** What is different between two verdicts; undefined = nothing that a voter has to know. */
export const verdictNotice = (before: Verdict, after: Verdict): Notice | undefined => {
  const old = new Map(allRequirements(before).map(one => [one.id, one.state]));
  const changed = allRequirements(after)
    .filter(one => old.get(one.id) !== one.state)
    .map(one => ({ requirement: one.id, before: old.get(one.id) ?? null, after: one.state }));
  if (changed.length === 0 && before.overall === after.overall) return undefined;
  const { channel, version } = after.candidate;
  const list = changed.slice(0, 5).map(one => `${one.requirement} is ${one.after}`);
  const more = changed.length > 5 ? ` and ${changed.length - 5} more` : '';
  const head = before.overall === after.overall ? after.overall : `${before.overall} → ${after.overall}`;
  return {
    channel,
    version,
    event: 'verdict-changed',
    text: `${channel} ${version}: ${head}; ${list.join(', ')}${more}`,
    data: { before: before.overall, after: after.overall, changed },
  };
};

const limit = 15_000;

/** Posts a notice. Throws NetworkError; the URL is a secret and only its host is named. */
export const postNotice = async (
  url: string,
  kind: WebhookKind,
  notice: Notice,
  signal?: AbortSignal,
): Promise<void> => {
  // Node's own message would repeat the URL, token and all.
  if (!URL.canParse(url)) throw new UsageError('webhook-url', 'the URL of the webhook is not valid');
  const { host } = new URL(url);
  const body = kind === 'chat' ? { text: notice.text, content: notice.text } : notice;
  const timeout = AbortSignal.timeout(limit);
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  }).catch((error: Error) => {
    signal?.throwIfAborted();
    throw new NetworkError('webhook-away', `the webhook at ${host} cannot be reached: ${error.message}`);
  });
  await answer.body?.cancel();
  if (!answer.ok)
    throw new NetworkError('webhook-refused', `the webhook at ${host} answers ${answer.status}`);
};
