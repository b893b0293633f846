import type { TargetRecord } from '../core/history.ts';
import type { Adoption, ReleaseFacts, ReleaseIssue } from '../core/release-facts.ts';
import type { Arch } from '../core/target.ts';
import type { LoadedPolicy } from './policy/load.ts';
import type { Waiver } from './waiver.ts';

/** The release that is being judged. */
export interface Candidate {
  /** Channel or LTS stream, as the policy names it. */
  readonly channel: string;
  readonly version: string;
}

/** A run that is left out of the verdict, on record. */
export interface SetAside {
  readonly run: string;
  readonly reason: string;
  readonly by: string;
  readonly approvedBy?: string;
}

/** An embargoed or emergency release: named requirements shortened by named people. */
export interface Emergency {
  readonly kind: 'embargo' | 'emergency';
  readonly reason: string;
  /** Names of rules, as in the policy. */
  readonly shorten: readonly string[];
  readonly approvedBy: readonly string[];
}

/** A scenario that is known to apply to a platform, whether or not somebody planned it. */
export interface CatalogueEntry {
  readonly platform: string;
  readonly arch: Arch;
  readonly scenario: string;
}

/** Everything a verdict depends on, as plain data: equal input, equal verdict. */
export interface GateInput {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: LoadedPolicy;
  readonly candidate: Candidate;
  /** Arches to judge; default all that the policy has for the channel. */
  readonly arches?: readonly Arch[];
  /** Targets of the candidate's version, whether they count or not. */
  readonly targets: readonly TargetRecord[];
  /** Facts of the candidate; undefined = none imported. */
  readonly release: ReleaseFacts | undefined;
  readonly previous:
    | {
        readonly version: string;
        readonly release: ReleaseFacts | undefined;
        readonly targets: readonly TargetRecord[];
      }
    | undefined;
  /** Targets of nightly builds of the candidate's major. */
  readonly nightlies: readonly TargetRecord[];
  /** Facts of the releases that the candidate's major had in the channel before. */
  readonly ancestors: readonly ReleaseFacts[];
  readonly adoption: readonly Adoption[];
  readonly issues: readonly ReleaseIssue[];
  readonly waivers: readonly Waiver[];
  readonly catalogue: readonly CatalogueEntry[];
  readonly setAside: readonly SetAside[];
  readonly emergency: Emergency | undefined;
}
