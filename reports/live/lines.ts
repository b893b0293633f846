import type { EventOf } from '../../src/core/event.ts';
import { disproves, proofWords } from '../../src/core/proof.ts';
import { targetKey } from '../../src/core/target.ts';
import { duration, oneLine, plural } from '../printable.ts';
import { causeOf } from '../run-model.ts';
import { countsLine, outcomeWord } from '../verdict.ts';
import { outcomeStyle, type Paint } from './paint.ts';
import { activity, type LiveState } from './state.ts';
import { fill } from './width.ts';

/** The run's first lines: what must not be overlooked, then what this is. */
export const openingLines = (event: EventOf<'run.started'>, paint: Paint): string[] => {
  const notices = new Set(event.targets.flatMap(target => target.image.notice ?? []));
  const where = event.targets.map(targetKey);
  const on = where.length > 4 ? plural(where.length, 'target') : where.join(', ');
  return [
    ...Array.from(notices, notice => paint('doubtful', oneLine(notice))),
    oneLine(`kola ${event.kola}, run ${event.run}, seed ${event.seed}, on ${on}`),
  ];
};

/** `41 scenarios selected, 12 not; 2 machines at once`. */
export const planLine = (event: EventOf<'plan.decided'>, state: LiveState): string =>
  [
    `${plural(event.selected.length, 'scenario')} selected, ${event.unselected.length} not`,
    `${plural(state.slots, 'machine')} at once`,
    ...etaPart(state, Date.parse(event.time)),
  ].join('; ');

/** The known issues of a run, before anything runs. */
export const knownIssueLines = ({ issues }: EventOf<'known-issues.listed'>): string[] =>
  issues.map(({ id, effect, scenarios, tracker, expires }) =>
    oneLine(
      `known issue ${id}: ${effect === 'deny' ? 'not running' : 'expecting failures of'} ${scenarios.join(', ')} until ${expires}, ${tracker}`,
      300,
    ),
  );

/** `FAIL     cl.basic  12.3 s  cause`. */
export const resultLine = (event: EventOf<'result.decided'>, state: LiveState, paint: Paint): string => {
  const cause = oneLine(causeOf({ failure: event.failure, reason: event.reason }), 300);
  const parts = [
    paint(outcomeStyle[event.outcome], fill(outcomeWord[event.outcome], 7)),
    state.nameOf(event.subject),
    event.took === 0 ? '' : paint('dim', duration(event.took)),
    event.known === undefined ? '' : `known issue ${event.known}:`,
    cause,
  ];
  return parts.filter(part => part !== '').join('  ');
};

/** `PROVEN  cl.basic  failed: …`: under sabotage it is failing that is good. */
export const proofLine = (event: EventOf<'proof.decided'>, state: LiveState, paint: Paint): string => {
  const style = event.verdict === 'proven' ? 'good' : disproves(event.verdict) ? 'bad' : 'doubtful';
  const parts = [
    paint(style, fill(event.verdict === 'proven' ? 'PROVEN' : disproves(event.verdict) ? 'NOT' : '–', 7)),
    state.nameOf(event.subject),
    event.fault === undefined ? '' : `[${oneLine(event.fault, 100)}]`,
    `${proofWords[event.verdict]}${event.from === undefined ? '' : ` in run ${event.from}`}`,
    event.found === undefined ? '' : oneLine(event.found, 300),
  ];
  return parts.filter(part => part !== '').join('  ');
};

/** Said every minute where nothing can be redrawn, so that a silent run is seen to be alive. */
export const heartbeatLine = (state: LiveState, now: number): string => {
  const running = [...state.running.values()];
  const shown = running
    .slice(0, 6)
    .map(attempt => `${attempt.name} (${activity(attempt)}, ${duration(now - attempt.since)})`);
  const more = running.length > shown.length ? ` and ${running.length - shown.length} more` : '';
  const coming = [...state.preparing.values()].map(phase => `a shared machine (${phase})`);
  const all = [...shown, ...coming];
  const what = all.length === 0 ? 'nothing is running' : `running ${all.join(', ')}${more}`;
  return `…  ${[`${state.done} of ${state.total} done`, what, ...etaPart(state, now)].join('; ')}`;
};

/** `about 4 min left`, when it can be told. */
export const etaPart = (state: LiveState, now: number): string[] => {
  const left = state.remaining(now);
  if (left === undefined || state.open.size === 0) return [];
  const minutes = Math.round(left / 60_000);
  return [minutes < 1 ? 'less than a minute left' : `about ${minutes} min left`];
};

/** `12 of 41 · 11 passed, 1 failed · 3 min 12 s · about 4 min left`. */
export const statusLine = (state: LiveState, now: number): string => {
  const elapsed = state.startedAt === undefined ? [] : [duration(Math.max(0, now - state.startedAt))];
  const counts = state.done === 0 ? [] : [countsLine(state.counts)];
  return [`${state.done} of ${state.total}`, ...counts, ...elapsed, ...etaPart(state, now)].join(' · ');
};
