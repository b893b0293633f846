import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importReleaseFile } from '../../src/store/import/facts.ts';
import { importPath } from '../../src/store/import/files.ts';
import type { ImportMarks } from '../../src/store/import/folded.ts';
import { openStore } from '../../src/store/open.ts';
import { asNdjson, type ScriptedRun, scriptedEvents } from '../support/event-log.ts';
import { facts, policyText } from '../support/gate-input.ts';

/** Rules that need a history of weeks are switched off: the unit tests have them. */
const shortPolicy = policyText.replace(
  /^ {2}(nightlies|soak|adoption|lineage|coverage|imageSize|packages): .*$/gm,
  '  $1: off',
);

/** An hour ago: fresh by every clock. */
const justNow = (): string => new Date(Date.now() - 3_600_000).toISOString();

/** A folder with a policy, release facts and run folders, as a release manager has them. */
export class ReleaseWorld {
  readonly folder: string;
  readonly store: string;
  readonly policy: string;

  constructor(folder: string) {
    this.folder = folder;
    this.store = join(folder, 'history.db');
    this.policy = join(folder, 'policy', 'test.yaml');
    mkdirSync(join(folder, 'policy', 'waivers'), { recursive: true });
    writeFileSync(this.policy, shortPolicy);
    writeFileSync(join(folder, 'facts.json'), JSON.stringify(facts('4459.2.1')));
  }

  /** Flags of `kola gate` for the candidate. */
  get gate(): readonly string[] {
    return [`--store=${this.store}`, `--policy=${this.policy}`, '--channel=stable', '--version=4459.2.1'];
  }

  /** Puts the facts of the candidate and these runs into the history, without the program. */
  async import(...scripts: (ScriptedRun & ImportMarks)[]): Promise<void> {
    await using store = await openStore(this.store);
    await importReleaseFile(store, join(this.folder, 'facts.json'));
    for (const script of scripts) {
      const { synthetic = false } = script;
      await importPath(store, join(this.folder, this.run(script)), { synthetic }, Date.now());
    }
  }

  /** Leaves a run folder; returns its name. */
  run(script: ScriptedRun): string {
    const name = script.run ?? 'run';
    mkdirSync(join(this.folder, name));
    const events = scriptedEvents({ at: justNow(), ...script });
    writeFileSync(join(this.folder, name, 'events.ndjson'), asNdjson(events));
    return name;
  }
}
