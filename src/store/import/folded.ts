import type { Database } from '../schema.ts';

/** A run taken apart into rows: what every importer makes and {@link importRun} writes in one transaction. */
export interface FoldedRun {
  readonly run: Omit<Database['runs'], 'imported_at' | 'content_hash'>;
  /** SHA-256 (hex) over what was imported: all of it, or the part up to an event's number. */
  readonly contentHash: (upToSeq?: number) => string;
  /** What was read, when it is a log that may have been imported before in part. */
  readonly log?: Uint8Array;
  readonly targets: readonly Database['targets'][];
  readonly plans: readonly Database['plans'][];
  readonly results: readonly Database['results'][];
  readonly attempts: readonly Database['attempts'][];
  readonly subtests: readonly Database['subtests'][];
  readonly machines: readonly Database['machines'][];
  /** What a person should know, though it stopped nothing. */
  readonly warnings: readonly string[];
}

/** Marks that the caller puts on a whole import. */
export interface ImportMarks {
  /** Made up for an example; shown as such everywhere. */
  readonly synthetic?: boolean;
  /** For this policy's verdicts only. */
  readonly policy?: string;
  /** Kept out of exports. */
  readonly embargoed?: boolean;
}
