import { duration } from '../printable.ts';
import { etaPart, statusLine } from './lines.ts';
import type { Paint } from './paint.ts';
import { activity, type LiveState, type RunningAttempt } from './state.ts';
import { clip, fill } from './width.ts';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The part of the terminal that is redrawn: what runs, and one line on the whole. No line is wider than asked. */
export const renderScreen = (state: LiveState, size: ScreenSize, now: number, paint: Paint): string[] => {
  // The last column stays free: some terminals wrap as soon as it is written.
  const columns = Math.max(1, size.columns - 1);
  const running = [...state.running.values()].sort((a, b) => a.since - b.since);
  const room = Math.max(1, size.rows - 4);
  const shown = running.length > room ? running.slice(0, room - 1) : running;
  const lines = shown.map(attempt => attemptLine(attempt, columns, now, paint));
  const hidden = running.length - shown.length;
  if (hidden > 0) lines.push(paint('dim', clip(`  and ${hidden} more`, columns)));
  return [...lines, ...progress(state, columns, now, paint)];
};

const attemptLine = (attempt: RunningAttempt, columns: number, now: number, paint: Paint): string => {
  const time = duration(Math.max(0, now - attempt.since)).padStart(11);
  if (columns < 30) return clip(`${attempt.name} ${time.trim()}`, columns);
  const again = attempt.number > 1 ? `, attempt ${attempt.number}` : '';
  const roles = attempt.machines.size > 1 ? ` (${attempt.machines.size} machines)` : '';
  const left = columns - time.length - 2;
  const nameWidth = Math.min(Math.max(16, Math.floor(left * 0.6)), 60);
  const what = fill(`${activity(attempt)}${roles}${again}`, Math.min(left - nameWidth - 1, 34));
  return `  ${fill(attempt.name, nameWidth)} ${paint('dim', what)}${time}`;
};

const barWidth = 24;

const progress = (state: LiveState, columns: number, now: number, paint: Paint): string[] => {
  const status = statusLine(state, now);
  if (columns < 60) {
    const short = [`${state.done} of ${state.total}`, ...etaPart(state, now)].join(' · ');
    return [clip(columns < 40 ? short : status, columns)];
  }
  const share = state.total === 0 ? 0 : state.done / state.total;
  const full = Math.round(share * barWidth);
  const failed = state.counts.failed + state.counts.timedout > 0;
  const bar = paint(failed ? 'bad' : 'good', '━'.repeat(full)) + paint('dim', '─'.repeat(barWidth - full));
  return [`${bar} ${clip(status, columns - barWidth - 1)}`];
};
