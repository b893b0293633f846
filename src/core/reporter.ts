import type { RunEvent } from './event.ts';

/** A place that text goes to: a file of the run folder, or standard output. */
export interface ReportSink {
  write(text: string): void;
}

/**
 * Makes something readable of a run's events. A reporter sees every event in order, live or replayed from
 * `events.ndjson`, and cannot change a result. `finish` gives the whole text of a file report.
 */
export interface Reporter {
  event?(event: RunEvent): void;
  finish?(): string;
}

/** A file report: `--format=<name>` makes it, `file` is its place in the run folder. */
export interface ReportFormat {
  readonly name: string;
  readonly file: string;
  readonly summary: string;
  create(options: ReportOptions): Reporter;
}

export interface ReportOptions {
  /** Reads a file of the run folder by relative path; undefined when it is not there. Logs are shown from it. */
  readonly readFile: (path: string) => string | undefined;
}
