import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunEvent, runEventSchema } from '../../src/core/event.ts';

/** Scenarios that exist for these tests. */
export const ownScenarios = fileURLToPath(new URL('scenarios', import.meta.url));

/** A place for one run: its folder, and a state folder of its own so that leftovers are seen. */
export interface Place extends Disposable {
  readonly runDir: string;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string>>;
}

export const makePlace = (): Place => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-e2e-'));
  const stateDir = join(folder, 'state');
  return {
    runDir: join(folder, 'run'),
    stateDir,
    env: { XDG_STATE_HOME: stateDir },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
};

/** Events so far; a torn last line is one that is being written. */
export const eventsOf = (runDir: string): readonly RunEvent[] => {
  const path = join(runDir, 'events.ndjson');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map(line => runEventSchema.parse(JSON.parse(line)));
};

/** Process ids of emulators that write their console into this run folder. */
export const emulatorsOf = (runDir: string): readonly string[] =>
  readdirSync('/proc').filter(name => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return /^[^\0]*qemu-system/.test(command) && command.includes(`${runDir}/`);
    } catch {
      return false;
    }
  });

/** What is left in the ledger's folder of runs. */
export const runsIn = (stateDir: string): readonly string[] => {
  const folder = join(stateDir, 'kola', 'runs');
  return existsSync(folder) ? readdirSync(folder) : [];
};
