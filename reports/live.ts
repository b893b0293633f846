import type { EventOf, RunEvent } from '../src/core/event.ts';
import type { Reporter } from '../src/core/reporter.ts';
import { RunFold } from './fold-run.ts';
import { finalLines } from './live/final.ts';
import {
  heartbeatLine,
  knownIssueLines,
  openingLines,
  planLine,
  proofLine,
  resultLine,
} from './live/lines.ts';
import { painter } from './live/paint.ts';
import { renderScreen, type ScreenSize } from './live/screen.ts';
import { LiveState } from './live/state.ts';
import { oneLine } from './printable.ts';

/** The terminal or file that progress is written to. */
export interface LiveOutput {
  write(text: string): void;
  /** `undefined` where nothing can be redrawn: a file, a pipe, a CI log. */
  readonly size: (() => ScreenSize) | undefined;
}

export interface LiveOptions {
  readonly out: LiveOutput;
  readonly colour: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Calls `tick` every `ms` until the returned function is called; must not keep the process alive. */
  readonly every: (ms: number, tick: () => void) => () => void;
  /** Known durations in milliseconds by subject key (`platform/arch/channel:scenario`) or scenario name. */
  readonly expected?: ReadonlyMap<string, number>;
  /** The run folder, as the reader would type it. */
  readonly folder?: string;
}

export interface LiveReporter extends Reporter {
  event(event: RunEvent): void;
  /** Ends the view: restores the terminal and writes the final block. `reports`: paths of the written reports. */
  close(reports?: readonly string[]): void;
}

/** Five times a second is fluent for people and cheap for slow terminals. */
const redrawEvery = 200;
const heartbeatEvery = 60_000;
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/** Progress for people: redrawn on a terminal, one line per finished scenario elsewhere. */
export const createLive = (options: LiveOptions): LiveReporter => {
  const { out, now } = options;
  const paint = painter(options.colour);
  const state = new LiveState(options.expected);
  const fold = new RunFold();
  const writer = out.size === undefined ? plainWriter(out) : screenWriter(out, out.size);
  const tick = (): void => {
    if (out.size === undefined) writer.line(heartbeatLine(state, now()));
    else writer.redraw(size => renderScreen(state, size, now(), paint));
  };
  const stopTicking = options.every(out.size === undefined ? heartbeatEvery : redrawEvery, tick);
  // Lines about passing scenarios are noise where the counter shows them.
  const worthALine = (event: EventOf<'result.decided'>): boolean =>
    out.size === undefined || event.outcome !== 'passed';
  const lines = (event: RunEvent): readonly string[] => {
    switch (event.type) {
      case 'run.started':
        return openingLines(event, paint);
      case 'plan.decided':
        return [planLine(event, state)];
      case 'known-issues.listed':
        return knownIssueLines(event);
      case 'log':
        if (event.level === 'debug' || event.attempt !== undefined) return [];
        return [`${event.level === 'warn' ? 'warning: ' : ''}${oneLine(event.text, 600)}`];
      case 'proof.decided':
        return [proofLine(event, state, paint)];
      case 'result.decided':
        return worthALine(event) ? [resultLine(event, state, paint)] : [];
      default:
        return [];
    }
  };
  let closed = false;
  return {
    event: event => {
      fold.event(event);
      state.event(event);
      for (const line of lines(event)) writer.line(line);
    },
    close: (reports = []) => {
      if (closed) return;
      closed = true;
      stopTicking();
      writer.end();
      const lines = finalLines(fold.model(), { reports, folder: options.folder, paint });
      out.write(`${lines.join('\n')}\n`);
    },
  };
};

interface LineWriter {
  /** Writes a line that stays. */
  line(text: string): void;
  redraw(render: (size: ScreenSize) => readonly string[]): void;
  end(): void;
}

const plainWriter = (out: LiveOutput): LineWriter => ({
  line: text => out.write(`${text}\n`),
  redraw: () => {},
  end: () => {},
});

/** Keeps a few lines at the bottom of a terminal and lets the others scroll away above them. */
const screenWriter = (out: LiveOutput, size: () => ScreenSize): LineWriter => {
  const waiting: string[] = [];
  let drawn: readonly string[] = [];
  let cursorHidden = false;
  /** To the first column of the first drawn line, then everything below is cleared. */
  const erase = (): string => {
    if (drawn.length === 0) return '';
    return `\r${drawn.length > 1 ? `\u001b[${drawn.length - 1}A` : ''}\u001b[J`;
  };
  const kept = (): string => waiting.splice(0).join('');
  return {
    line: text => {
      waiting.push(`${text}\n`);
    },
    redraw: render => {
      const lines = render(size());
      if (waiting.length === 0 && lines.join('\n') === drawn.join('\n')) return;
      const hide = cursorHidden ? '' : hideCursor;
      cursorHidden = true;
      out.write(`${hide}${erase()}${kept()}${lines.join('\n')}`);
      drawn = lines;
    },
    end: () => {
      out.write(`${erase()}${kept()}${cursorHidden ? showCursor : ''}`);
      drawn = [];
      cursorHidden = false;
    },
  };
};

/** A process stream as output. The cursor comes back even when the process exits in the middle. */
export const streamOutput = (stream: NodeJS.WriteStream): LiveOutput => {
  if (!stream.isTTY) return { write: text => stream.write(text), size: undefined };
  process.once('exit', () => stream.write(showCursor));
  return {
    write: text => stream.write(text),
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
  };
};

/** Ticks of the real clock. */
export const systemTicks = (ms: number, tick: () => void): (() => void) => {
  const timer = setInterval(tick, ms);
  timer.unref();
  return () => clearInterval(timer);
};
