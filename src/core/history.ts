import type { CauseKind, Outcome } from './outcome.ts';
import type { Adoption, ReleaseFacts, ReleaseIssue } from './release-facts.ts';
import type { Arch, ImageKind } from './target.ts';

/** `run`: from an event log of kola itself. `imported`: from a report that some other tool wrote. */
export type Provenance = 'run' | 'imported';

/** One decided result as the history keeps it. */
export interface ResultRecord {
  readonly scenario: string;
  readonly copy: number;
  readonly outcome: Outcome;
  /** Of the last failing attempt; null when nothing failed. */
  readonly cause: CauseKind | null;
  readonly code: string | null;
  readonly signature: string | null;
  /** First line of the failure, or the reason of a skip. */
  readonly message: string | null;
  /** Console or journal rule that was hit and not excused, in the attempt that decided. */
  readonly rule: string | null;
  /** Number of attempts made. */
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly decidedAt: number;
  /** Milliseconds over all attempts. */
  readonly took: number;
  /** Milliseconds from power-on to ready, of the last attempt; null when no machine booted. */
  readonly boot: number | null;
}

/**
 * The part of a run that was about one target, with the plan beside the results: what was planned and has no
 * result is a hole that can be seen, so that taking a result away never makes a release look better.
 */
export interface TargetRecord {
  readonly run: string;
  readonly platform: string;
  readonly arch: Arch;
  /** Machine type when it is not the platform's main one (`m4.2xlarge`), else empty. */
  readonly variant: string;
  readonly channel: string;
  readonly version: string;
  /** `sha256:…`, or `unknown` for imports that could not say. */
  readonly digest: string;
  readonly kind: ImageKind;
  /** Start of the run, milliseconds since the epoch. */
  readonly startedAt: number;
  /** The run came to its end; false = its log stops in the middle. */
  readonly ended: boolean;
  readonly provenance: Provenance;
  /** Made up for an example: never counts unless a policy says it may. */
  readonly synthetic: boolean;
  /** Results made for this policy only; null = for whichever policy wants them. */
  readonly policy: string | null;
  /** Kept out of exports. */
  readonly embargoed: boolean;
  /** {@link plannedName}s, sorted. */
  readonly planned: readonly string[];
  readonly results: readonly ResultRecord[];
}

/** How a plan names a scenario's copy: the name, with `#2` … for further copies. */
export const plannedName = (scenario: string, copy: number): string =>
  copy > 1 ? `${scenario}#${copy}` : scenario;

export interface TargetFilter {
  readonly channel?: string;
  readonly version?: string;
  readonly arch?: Arch;
  readonly platform?: string;
  /** Default true. False for everything that leaves the house. */
  readonly embargoed?: boolean;
}

/** What the gate reads. Implemented by the store, and by plain arrays in tests. */
export interface HistoryReader {
  targets(filter: TargetFilter): Promise<readonly TargetRecord[]>;
  /** Versions with results or facts in a channel, newest (by version number) first. */
  versions(channel: string): Promise<readonly string[]>;
  release(channel: string, version: string): Promise<ReleaseFacts | undefined>;
  releases(channel: string): Promise<readonly ReleaseFacts[]>;
  adoption(version: string): Promise<readonly Adoption[]>;
  issues(): Promise<readonly ReleaseIssue[]>;
}
