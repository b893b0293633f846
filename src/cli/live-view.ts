import { createGitHubReporter, isGitHubActions } from '../../reports/github.ts';
import { wantsColour } from '../../reports/live/paint.ts';
import { createLive, type LiveReporter, streamOutput, systemTicks } from '../../reports/live.ts';
import { systemClock } from '../core/clock.ts';
import type { EventOf, RunEvent } from '../core/event.ts';
import type { Reporter } from '../core/reporter.ts';
import type { LogLevel } from './options/common.ts';
import type { Terminal } from './terminal.ts';

/** What shows a run while it goes on. */
export interface LiveView {
  readonly reporters: readonly Reporter[];
  close(reports: readonly string[]): void;
}

/** A redrawn view on a terminal, plain lines elsewhere, and groups and annotations in GitHub Actions as well. */
export const createLiveView = (terminal: Terminal, folder: string, level: LogLevel): LiveView => {
  const live: LiveReporter = createLive({
    out: streamOutput(process.stdout),
    colour: wantsColour(terminal.env, terminal.outIsTty),
    now: systemClock.now,
    every: systemTicks,
    folder,
  });
  const github = isGitHubActions(terminal.env) ? [createGitHubReporter({ write: terminal.write })] : [];
  return {
    reporters: [atLevel(live, level), ...github],
    close: reports => live.close(reports),
  };
};

/** Lets through the log lines of a level. From `info` on, those of single attempts are shown like the run's own. */
export const atLevel = (reporter: LiveReporter, level: LogLevel): Reporter => ({
  event: event => {
    const shown = event.type === 'log' ? logLine(event, level) : event;
    if (shown !== undefined) reporter.event(shown);
  },
});

const logLine = (event: EventOf<'log'>, level: LogLevel): RunEvent | undefined => {
  const { attempt, machine: _, ...own } = event;
  switch (level) {
    case 'error':
      return undefined;
    case 'warn':
      return event.level === 'warn' ? event : undefined;
    case 'notice':
      return event;
    case 'info':
    case 'debug': {
      if (level === 'info' && event.level === 'debug') return undefined;
      const text = attempt === undefined ? event.text : `${attempt}: ${event.text}`;
      return { ...own, text, level: event.level === 'debug' ? 'info' : event.level };
    }
  }
};
