import type { Context } from 'hono';
import { unslug } from '../../reports/dashboard/addresses.ts';
import { UsageError } from '../core/errors.ts';
import { arches } from '../core/target.ts';
import { castVote, type Vote } from '../gate/decision/meeting.ts';
import { approveWaiver, proposeWaiver } from '../gate/waiver-file.ts';
import type { Access } from './access.ts';
import { streamOf } from './load/release-state.ts';
import type { News } from './news.ts';
import type { Site } from './site.ts';

/** What the page can change, and who is told. */
export interface ActionOptions {
  readonly site: Site;
  readonly news: News;
  readonly access: Access;
  readonly decisionFolder: string;
  readonly now: () => number;
}

/** A form that somebody known sent. `text` and `list` never throw: what is lacking is empty. */
export interface Sent {
  readonly who: string;
  readonly text: (name: string, limit?: number) => string;
  readonly list: (name: string) => string[];
}

/** Reads a form and finds out who sent it; undefined = a stranger, or nobody may. */
export const readForm = async (context: Context, access: Access): Promise<Sent | undefined> => {
  const form = await context.req.parseBody({ all: true });
  const list = (name: string): string[] =>
    [form[name]].flat().filter((value): value is string => typeof value === 'string' && value.trim() !== '');
  const text = (name: string, limit = 1000): string => (list(name)[0] ?? '').slice(0, limit);
  const who = identify(context, access, text('token'))?.trim();
  return who === undefined || who === '' ? undefined : { who, text, list };
};

const identify = (context: Context, access: Access, token: string): string | undefined => {
  if (access.kind === 'token') return access.identify(token);
  return access.kind === 'proxy' ? context.req.header(access.header) : undefined;
};

const choices = ['go', 'no-go', 'abstain'] as const;

/** Each action gives the address to show next, relative to its own. */
export type Action = (context: Context, sent: Sent, options: ActionOptions) => Promise<string>;

export const vote: Action = async (context, { who, text }, { site, decisionFolder, now }) => {
  const choice = choices.find(one => one === text('vote'));
  if (choice === undefined) throw new UsageError('vote-invalid', 'expected a vote of go, no-go or abstain');
  const requirement = text('requirement');
  const cast: Vote = {
    voter: who,
    vote: choice,
    reason: text('reason'),
    ...(requirement === '' ? {} : { requirement }),
  };
  await castVote(decisionFolder, await candidateOf(context, site), cast, { now: now() });
  return 'decision.html';
};

const candidateOf = async (context: Context, site: Site) => {
  const [channel, version] = [
    unslug(context.req.param('channel') ?? ''),
    unslug(context.req.param('version') ?? ''),
  ];
  if (channel === undefined || version === undefined)
    throw new UsageError('candidate-invalid', 'the address names no release');
  const { policy } = await site.moment();
  return { channel: streamOf(policy.policy, channel, version) ?? channel, version };
};

/** The one whom the page's token or proxy names is the author: the form has no field for it. */
export const propose: Action = async (context, { who, text, list }, { site, now }) => {
  const { channel } = await candidateOf(context, site);
  const { sources } = await site.moment();
  const waiver = await proposeWaiver(
    sources.waiverFolder,
    {
      scenario: text('scenario'),
      platforms: list('platform'),
      arches: arches.filter(arch => list('arch').includes(arch)),
      channels: [channel],
      versions: { from: text('from'), until: text('until') },
      signature: text('signature', 2000),
      tracker: text('tracker'),
      reason: text('reason'),
      author: who,
      expires: text('expires'),
    },
    now(),
  );
  return `../../../waivers.html#${waiver.id}`;
};

export const approve: Action = async (_context, { who, text }, { site }) => {
  const { sources, policy } = await site.moment();
  const { voters } = policy.policy;
  if (voters.length > 0 && !voters.includes(who))
    throw new UsageError('approver-unknown', `${who} is not among the voters ${voters.join(', ')}`);
  const waiver = await approveWaiver(sources.waiverFolder, text('id'), who);
  return `../waivers.html#${waiver.id}`;
};
