import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Arch } from '../core/target.ts';
import type { Known } from '../plan/order.ts';

const fileSchema = z.record(
  z.string(),
  z.strictObject({
    took: z.number().nonnegative(),
    run: z.number().nonnegative().optional(),
    failed: z.boolean(),
  }),
);

type Entry = z.infer<typeof fileSchema>[string];

/** How long scenarios took on one platform and architecture; guides the order, never a result. */
export interface Durations {
  known(scenario: string): Known | undefined;
  /** Notes an attempt that ran to its end. */
  note(scenario: string, seen: Known): void;
  /** Writes what was noted. A file that cannot be written is no reason to fail a run. */
  save(): void;
}

/** Weight of the newest figure against all older ones. */
const newest = 0.5;

export const openDurations = (stateRoot: string, platform: string, arch: Arch): Durations => {
  const path = join(stateRoot, 'durations', `${platform}-${arch}.json`);
  const entries = new Map(Object.entries(read(path)));
  return {
    known: scenario => knownOf(entries.get(scenario)),
    note: (scenario, { took, run, failed }) => {
      const before = entries.get(scenario);
      const mixed = (now: number, earlier = now): number => Math.round(newest * now + (1 - newest) * earlier);
      entries.set(scenario, {
        took: mixed(took, before?.took),
        ...(run === undefined ? {} : { run: mixed(run, before?.run) }),
        failed,
      });
    },
    save: () => {
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        const fresh = `${path}.${process.pid}`;
        writeFileSync(fresh, `${JSON.stringify(Object.fromEntries(entries))}\n`);
        renameSync(fresh, path);
      } catch {
        // The next run orders by what it has.
      }
    },
  };
};

const knownOf = (entry: Entry | undefined): Known | undefined => {
  if (entry === undefined) return undefined;
  const { took, run, failed } = entry;
  return run === undefined ? { took, failed } : { took, run, failed };
};

/** A missing or damaged file is an empty one. */
const read = (path: string): z.infer<typeof fileSchema> => {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
};
