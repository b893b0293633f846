import { join } from 'node:path';
import type { RunEvent } from '../../src/core/event.ts';
import { kola } from '../cli/kola.ts';
import { type Mode, type ModeOutcomes, modes } from '../support/modes.ts';
import { eventsOf } from './runs.ts';

/** One run of the chosen scenarios in one mode. */
export interface ModeRun {
  readonly mode: Mode;
  readonly code: number | null;
  readonly events: readonly RunEvent[];
  readonly outcomes: ModeOutcomes;
  /** What the run said, for when something is missing. */
  readonly said: string;
}

export interface ModeRunOptions {
  readonly folder: string;
  /** Globs and flags for `kola run`. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onRun?: (run: ModeRun) => void;
}

/** Runs the same scenarios cold, cloned and shared, one after the other, each into a folder of its own. */
export const runInModes = async (options: ModeRunOptions): Promise<readonly ModeRun[]> => {
  const runs: ModeRun[] = [];
  for (const { name, flags } of modes) {
    const runDir = join(options.folder, name);
    const { code, stdout, stderr } = await kola(
      ['run', '--platform=qemu', '--image=reference', `--output-dir=${runDir}`, ...flags, ...options.args],
      options.env === undefined ? {} : { env: options.env },
    );
    const events = eventsOf(runDir);
    const run = { mode: name, code, events, outcomes: outcomesOf(events), said: `${stdout}\n${stderr}` };
    options.onRun?.(run);
    runs.push(run);
  }
  return runs;
};

const outcomesOf = (events: readonly RunEvent[]): ModeOutcomes =>
  new Map(
    events.flatMap(event =>
      event.type === 'result.decided'
        ? [[event.subject.scenario, { outcome: event.outcome, code: event.failure?.code }] as const]
        : [],
    ),
  );
