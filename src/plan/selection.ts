import type { KnownIssue } from '../core/known-issue.ts';

import type { ScenarioInputs } from '../core/scenario.ts';

/** What the caller wants to run, before anything is known about targets. */
export interface SelectionRequest {
  /** Shell globs on scenario names; empty = everything. An exact name overrides the version window. */
  readonly patterns: readonly string[];
  /** Any of these tags; `!tag` excludes. Empty = no restriction. */
  readonly tags: readonly string[];
  /** 1-based part of `of` parts. */
  readonly shard?: { readonly part: number; readonly of: number };
  /** What the caller hands over for scenarios to work with. */
  readonly inputs?: ScenarioInputs;
  /** Copies of each scenario, default 1. */
  readonly multiply: number;
  /** Those with effect `deny` keep scenarios from being selected. */
  readonly knownIssues?: readonly KnownIssue[];
  /** Only these `subjectKey`s (re-run of what failed); undefined = all. */
  readonly only?: ReadonlySet<string>;
}
