import { html, type Markup } from './markup.ts';
import type { CostView, Decision, Marks, MeetingState } from './model.ts';

type Tone = 'good' | 'bad' | 'doubtful' | 'waived' | 'quiet';
interface Word {
  readonly glyph: string;
  readonly label: string;
  readonly tone: Tone;
}

/** Every state is a glyph and a word; colour comes on top. */
const words: Readonly<Record<string, Word>> = {
  GO: { glyph: '✓', label: 'GO', tone: 'good' },
  'NO-GO': { glyph: '✗', label: 'NO-GO', tone: 'bad' },
  UNDECIDED: { glyph: '?', label: 'UNDECIDED', tone: 'doubtful' },
  met: { glyph: '✓', label: 'met', tone: 'good' },
  unmet: { glyph: '✗', label: 'unmet', tone: 'bad' },
  missing: { glyph: '○', label: 'missing', tone: 'doubtful' },
  waived: { glyph: '◇', label: 'waived', tone: 'waived' },
  passed: { glyph: '✓', label: 'passed', tone: 'good' },
  failed: { glyph: '✗', label: 'failed', tone: 'bad' },
  timedout: { glyph: '✗', label: 'timed out', tone: 'bad' },
  flaky: { glyph: '↻', label: 'flaky', tone: 'doubtful' },
  skipped: { glyph: '–', label: 'skipped', tone: 'quiet' },
  interrupted: { glyph: '■', label: 'interrupted', tone: 'doubtful' },
  blocked: { glyph: '⊘', label: 'blocked', tone: 'doubtful' },
  notrun: { glyph: '○', label: 'not run', tone: 'doubtful' },
  running: { glyph: '▸', label: 'running', tone: 'quiet' },
  infrastructure: { glyph: '⚡', label: 'infrastructure', tone: 'doubtful' },
  regressed: { glyph: '↓', label: 'regressed', tone: 'bad' },
  newFailure: { glyph: '✗', label: 'new failure', tone: 'bad' },
  stillFailing: { glyph: '=', label: 'still failing', tone: 'bad' },
  fixed: { glyph: '↑', label: 'fixed', tone: 'good' },
  newPass: { glyph: '✓', label: 'new pass', tone: 'good' },
  appeared: { glyph: '+', label: 'appeared', tone: 'quiet' },
  disappeared: { glyph: '−', label: 'disappeared', tone: 'doubtful' },
  inconclusive: { glyph: '?', label: 'inconclusive', tone: 'doubtful' },
  same: { glyph: '=', label: 'same', tone: 'quiet' },
  go: { glyph: '✓', label: 'go', tone: 'good' },
  'no-go': { glyph: '✗', label: 'no-go', tone: 'bad' },
  abstain: { glyph: '–', label: 'abstain', tone: 'quiet' },
  open: { glyph: '●', label: 'open', tone: 'doubtful' },
  closed: { glyph: '✓', label: 'closed', tone: 'quiet' },
  rising: { glyph: '↗', label: 'rising', tone: 'bad' },
  falling: { glyph: '↘', label: 'falling', tone: 'good' },
  steady: { glyph: '→', label: 'steady', tone: 'quiet' },
};

export const wordOf = (state: string): Word => words[state] ?? { glyph: '·', label: state, tone: 'quiet' };

/** `✗ failed` in its colour, with a count before the word when given. */
export const state = (name: string, count?: number): Markup => {
  const { glyph, label, tone } = wordOf(name);
  return html`<span class="state ${tone}"><span class="glyph" aria-hidden="true">${glyph}</span>${count === undefined ? '' : `${count} `}${label}</span>`;
};

export const verdict = (decision: Decision): Markup => {
  const { glyph, label, tone } = wordOf(decision);
  return html`<span class="verdict ${tone}"><span class="glyph" aria-hidden="true">${glyph}</span>${label}</span>`;
};

/** Badges that say what is not a plain result of a release. */
export const badges = (marks: Marks): Markup =>
  html`${marks.synthetic ? html`<span class="badge" title="made up for an example">synthetic</span>` : ''}${marks.reference ? html`<span class="badge" title="not a Flatcar image">reference</span>` : ''}${marks.embargoed ? html`<span class="badge" title="kept out of exports">embargoed</span>` : ''}`;

export const time = (at: number | null): Markup => {
  if (at === null) return html`<span class="quiet">never</span>`;
  const text = new Date(at).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 16)}</time>`;
};

/** `3 days`: how long before the page was made. */
export const age = (at: number | null, now: number): string => {
  if (at === null) return 'never';
  const minutes = Math.max(0, Math.round((now - at) / 60_000));
  if (minutes < 1) return 'now';
  if (minutes < 120) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440)} d`;
};

export const meetingText = (meeting: MeetingState): string => {
  switch (meeting.state) {
    case 'not-opened':
      return 'not opened';
    case 'voting': {
      const lazy = meeting.lazyFrom === null ? '' : `, one GO is enough from ${clock(meeting.lazyFrom)}`;
      return `voting: ${meeting.go} GO, ${meeting.noGo} NO-GO${meeting.voters > 0 ? ` of ${meeting.voters}` : ''}${lazy}`;
    }
    case 'decided':
      return `decided ${meeting.outcome}, ${clock(meeting.at)}`;
    case 'broken':
      return `record unusable: ${meeting.why}`;
  }
};

const clock = (at: number): string =>
  new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/:\d\d\.\d+Z$/, ' UTC');

export const shortDigest = (digest: string): string => digest.replace(/^(sha256:.{12}).*$/, '$1…');
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** `≈ 0.12 USD`: an estimate by list prices. */
export const money = ({ amount, currency }: CostView): string =>
  amount < 0.01 ? `< 0.01 ${currency}` : `≈ ${amount.toFixed(2)} ${currency}`;
