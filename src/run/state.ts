import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { brandId, type RunId } from '../core/ids.ts';
import type { OwnedResource } from '../core/ledger.ts';
import type { PlatformDefinition } from '../core/platform.ts';
import { identifyProcess, isAlive } from '../core/process-identity.ts';
import { openLedgerFile } from './ledger-file.ts';

/**
 * `$XDG_STATE_HOME/kola/runs/<run id>/`, mode 0700: who is running, what it owns, and private files that must
 * not lie in the run folder (keys, sockets, overlays).
 */
export interface RunState {
  readonly dir: string;
  readonly ledgerPath: string;
}

const ownerSchema = z.object({
  pid: z.number().int(),
  startTime: z.string(),
  run: z.string().optional(),
  runDir: z.string(),
});

/** `name` is the folder's where it is not the run's: a worker may hold several flights of one run. */
export const openRunState = (stateRoot: string, run: RunId, runDir: string, name: string = run): RunState => {
  const dir = join(stateRoot, 'runs', name);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const startTime = identifyProcess(process.pid)?.startTime ?? '';
  writeFileSync(join(dir, 'owner.json'), JSON.stringify({ pid: process.pid, startTime, run, runDir }), {
    mode: 0o600,
  });
  return { dir, ledgerPath: ledgerPathOf(dir) };
};

const ledgerPathOf = (dir: string): string => join(dir, 'ledger.ndjson');

/** Removes the state folder, unless something in it is still owned. */
export const closeRunState = (state: RunState, left: readonly OwnedResource[]): void => {
  if (left.length === 0) rmSync(state.dir, { recursive: true, force: true });
};

export interface SweepReport {
  readonly run: RunId;
  readonly gone: number;
  /** Entries that could not be destroyed, or whose platform is not among those given. */
  readonly left: number;
}

/** Destroys what runs left whose process is dead: killed with SIGKILL, a power cut. Live runs are not touched. */
export const sweepDeadRuns = async (
  stateRoot: string,
  platforms: readonly PlatformDefinition[],
  context: { readonly signal: AbortSignal; readonly log: (line: string) => void },
): Promise<readonly SweepReport[]> => {
  const runs = join(stateRoot, 'runs');
  if (!existsSync(runs)) return [];
  const reports: SweepReport[] = [];
  for (const name of readdirSync(runs)) {
    const dir = join(runs, name);
    const owner = ownerOf(dir);
    if (owner !== undefined && isAlive(owner)) continue;
    reports.push(await sweepRun(dir, brandId<RunId>(owner?.run ?? name), platforms, context));
  }
  return reports;
};

/** Who runs there; undefined when nobody can tell any more. */
const ownerOf = (dir: string): z.infer<typeof ownerSchema> | undefined => {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(join(dir, 'owner.json'), 'utf8')));
  } catch {
    return undefined;
  }
};

const sweepRun = async (
  dir: string,
  run: RunId,
  platforms: readonly PlatformDefinition[],
  context: { readonly signal: AbortSignal; readonly log: (line: string) => void },
): Promise<SweepReport> => {
  const ledger = openLedgerFile(ledgerPathOf(dir), run);
  let gone = 0;
  try {
    for (const platform of platforms) {
      const own = ledger.open().filter(resource => resource.platform === platform.name);
      if (own.length === 0) continue;
      const entries = await platform.sweep(own, context);
      for (const entry of entries) await ledger.for(platform.name).release(entry);
      gone += entries.length;
    }
  } finally {
    ledger.close();
  }
  const left = ledger.open();
  closeRunState({ dir, ledgerPath: ledgerPathOf(dir) }, left);
  return { run, gone, left: left.length };
};
