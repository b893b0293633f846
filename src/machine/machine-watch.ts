import { join } from 'node:path';
import type { KolaError } from '../core/errors.ts';
import { followConsole } from './console/follow.ts';
import { hitError, type RuleHit } from './console/hit.ts';
import { consoleRules } from './console/rules.ts';
import { LogWatcher, type WatchOptions } from './console/watcher.ts';
import { JournalStream } from './journal.ts';
import type { LogSource, MachineOptions } from './machine-options.ts';
import type { SshConnection } from './ssh/connection.ts';

/** Flatcar major version of an image, or undefined: developer and nightly builds count as the newest. */
const majorOf = (version: string): number | undefined => {
  const major = Number.parseInt(version, 10);
  return Number.isNaN(major) ? undefined : major;
};

const watchOptions = ({ manifest, allow }: MachineOptions): WatchOptions => ({
  allow: allow.rules ?? [],
  selinux: manifest.selinux.policy !== 'none',
  major: majorOf(manifest.imitates ?? manifest.version),
});

/**
 * Everything that can end a machine's life from outside of a command: its console, its journal, the platform's
 * word that it is gone, the end of the attempt.
 */
export class MachineWatch {
  readonly #options: MachineOptions;
  readonly #over = new AbortController();
  readonly #closed = new AbortController();
  readonly #journal: JournalStream;
  readonly #console: Promise<void>;
  readonly #attemptEnds: () => void;

  constructor(options: MachineOptions) {
    this.#options = options;
    const rules = options.rules ?? consoleRules();
    const journalRules = new LogWatcher(rules, watchOptions(options));
    this.#journal = new JournalStream({
      file: join(options.evidenceDir, 'journal.txt'),
      onText: text => {
        for (const hit of journalRules.feed(text)) this.#found(hit, 'journal');
      },
      log: options.log,
    });
    this.#console = this.#watchConsole(new LogWatcher(rules, watchOptions(options)));
    this.#attemptEnds = () => this.#over.abort(options.signal.reason);
    if (options.signal.aborted) this.#attemptEnds();
    else options.signal.addEventListener('abort', this.#attemptEnds, { once: true });
    void options.provisioned.gone.then(
      error => this.#lost(error),
      error => this.#lost(error),
    );
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Streams the journal over a new connection, from where the last one ended. */
  attach(connection: SshConnection): void {
    this.#journal.attach((command, options) => connection.stream(command, options));
  }

  async close(): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#attemptEnds);
    await this.#journal.stop();
    this.#closed.abort();
    await this.#console;
  }

  async #watchConsole(watcher: LogWatcher): Promise<void> {
    const { provisioned, log } = this.#options;
    if (provisioned.console === undefined) return;
    try {
      await followConsole(
        provisioned.console,
        watcher,
        hit => this.#found(hit, 'console'),
        this.#closed.signal,
      );
    } catch (error) {
      log(`lost the console of machine ${provisioned.id}: ${String(error)}`);
    }
  }

  #found(hit: RuleHit, source: LogSource): void {
    this.#options.onHit(hit, source);
    if (hit.severity !== 'fatal' || hit.excused !== undefined) return;
    const path = `${this.#options.folder}/${source}.txt`;
    this.#over.abort(hitError(hit, { source, machine: this.#options.provisioned.id, path }));
  }

  #lost(error: KolaError): void {
    if (this.#closed.signal.aborted) return;
    this.#over.abort(error);
  }
}
