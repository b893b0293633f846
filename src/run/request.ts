import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { LocalImage } from '../core/image.ts';
import type { KnownIssue } from '../core/known-issue.ts';
import type { ExitCode } from '../core/outcome.ts';
import type { PlatformDefinition, SnapshotPlace } from '../core/platform.ts';
import type { Reporter } from '../core/reporter.ts';
import type { Scenario } from '../core/scenario.ts';
import type { ExternalProbes } from '../core/services.ts';
import type { Arch } from '../core/target.ts';
import type { SelectionRequest } from '../plan/selection.ts';
import type { MachinePorts } from './ports.ts';

/** One place to run on, everything resolved and checked. */
export interface TargetRequest {
  readonly platform: PlatformDefinition;
  readonly arch: Arch;
  readonly image: LocalImage;
  /** The image's own channel wins over what the caller says. */
  readonly channel: string;
  /** What results are about, when the image is only where an update to it starts. */
  readonly candidate?: { readonly name: string; readonly version: string; readonly digest: string };
  /** Machine type when it is not the platform's main one; the options say the same in the platform's words. */
  readonly variant?: string;
  /** The platform's options, parsed by its schema. */
  readonly options: unknown;
}

/** How often an attempt is tried again, by cause. */
export interface RetryPolicy {
  /** Further attempts after provisioning, capacity, network and harness causes; default 1. */
  readonly infrastructure: number;
  /** Further attempts after product and scenario causes; default 0. A pass then reads flaky. */
  readonly product: number;
}

/** Milliseconds on real hardware; boot and run are multiplied by the flight's slowdown. */
export interface Deadlines {
  readonly provision: number;
  readonly boot: number;
  readonly teardown: number;
}

/** What `kola prove` adds to a run. */
export interface ProveRequest {
  /** By subject key: what an earlier run of the same image proved. Done again when the fault has changed. */
  readonly proven: ReadonlyMap<string, { readonly run: string; readonly fault: string }>;
  /** A scenario without a sabotage does not make the run fail. */
  readonly allowUndeclared: boolean;
}

/** Everything `kola run` decides before the engine starts. */
export interface RunRequest {
  readonly targets: readonly TargetRequest[];
  readonly scenarios: readonly Scenario[];
  readonly selection: SelectionRequest;
  /** Machines at once; `auto` = cores under emulation, and never more than memory allows. */
  readonly parallel: number | 'auto';
  readonly retries: RetryPolicy;
  readonly deadlines: Deadlines;
  /** Stop starting scenarios after the first failure. */
  readonly failFast: boolean;
  /** Machines of failed scenarios stay up, and the ledger keeps them (`--remove=false`). */
  readonly keep: boolean;
  /** Every machine boots; none is cloned (`--cold`). */
  readonly cold?: boolean;
  /** `false`: no two scenarios use one machine (`--no-share`). */
  readonly share?: boolean;
  /** Where machines that were booted once are kept for later runs; absent = they are not. */
  readonly snapshots?: SnapshotPlace;
  /** Share of flaky results above which the run exits 6; undefined = no budget. */
  readonly flakyBudget?: number;
  readonly seed: number;
  /** The run folder itself; must be absent, empty, or marked as ours. */
  readonly outputDir: string;
  /** Updated to point at the run folder when it was chosen by kola: `_kola_temp/<platform>-latest`. */
  readonly latestLink?: string;
  /** `$XDG_STATE_HOME/kola`. */
  readonly stateRoot: string;
  /** Command line for the record, secrets taken out. */
  readonly command: readonly string[];
  /** Failures that are expected; those with effect `deny` belong into the selection, too. */
  readonly knownIssues?: readonly KnownIssue[];
  /** Scenarios are sabotaged and have to fail; absent = they are run. */
  readonly prove?: ProveRequest;
  /** Milliseconds after which nothing new starts. */
  readonly budget?: number;
  /** Milliseconds after which what still runs is cut short, which is no interruption of the run. */
  readonly limit?: number;
  /** Live reporters; file reports are made by the caller from the events afterwards. */
  readonly reporters: readonly Reporter[];
  /** Extra authorized_keys lines for the login user (`--key`). */
  readonly extraKeys: readonly string[];
  /** Default: the real outside world. */
  readonly probes?: ExternalProbes;
  /** The machine layer; simulations bring their own. */
  readonly ports: MachinePorts;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Once aborted, nothing new starts and what runs ends by itself; results of the rest are `notrun`, with its reason. */
  readonly noNewStarts?: AbortSignal;
  /** First abort = orderly stop (exit 5). */
  readonly signal: AbortSignal;
}

export interface RunSummary {
  readonly exitCode: ExitCode;
  readonly verdict: string;
  readonly runDir: string;
}
