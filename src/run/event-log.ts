import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { HarnessError } from '../core/errors.ts';
import { type EventBody, eventVersion, type RunEvent } from '../core/event.ts';
import type { RunId } from '../core/ids.ts';
import type { Reporter } from '../core/reporter.ts';

/** Where the engine says what happened. */
export interface EventLog {
  emit(body: EventBody): void;
  close(): void;
}

export interface EventLogOptions {
  readonly run: RunId;
  readonly clock: Clock;
  readonly reporters: readonly Reporter[];
  /** Folder of `events.ndjson`; absent in simulations. */
  readonly folder?: string;
}

/** Events after which the log is forced to disk: what was finished then survives a power cut. */
const borders: ReadonlySet<RunEvent['type']> = new Set([
  'run.started',
  'plan.decided',
  'attempt.started',
  'attempt.ended',
  'result.decided',
  'run.ended',
]);

/** Appends to `events.ndjson` and hands every event to the reporters, in order. */
export const openEventLog = (options: EventLogOptions): EventLog => {
  const file =
    options.folder === undefined ? undefined : openSync(join(options.folder, 'events.ndjson'), 'ax');
  let seq = 0;
  return {
    emit: body => {
      seq += 1;
      const event: RunEvent = {
        v: eventVersion,
        run: options.run,
        seq,
        time: new Date(options.clock.now()).toISOString(),
        ...body,
      };
      if (file !== undefined) append(file, event);
      for (const reporter of options.reporters) tell(reporter, event);
    },
    close: () => {
      if (file !== undefined) closeSync(file);
    },
  };
};

const append = (file: number, event: RunEvent): void => {
  try {
    writeSync(file, `${JSON.stringify(event)}\n`);
    if (borders.has(event.type)) fsyncSync(file);
  } catch (error) {
    throw new HarnessError('event-log', `the event log cannot be written: ${String(error)}`, {
      hint: 'free space on the disk of the run folder; what was logged so far can still be reported',
      cause: error,
    });
  }
};

/** A reporter that throws must not change a result: it is left out from then on. */
const broken = new WeakSet<Reporter>();
const tell = (reporter: Reporter, event: RunEvent): void => {
  if (broken.has(reporter)) return;
  try {
    reporter.event?.(event);
  } catch (error) {
    broken.add(reporter);
    process.stderr.write(`Stopped a reporter that failed: ${String(error)}\n`);
  }
};
