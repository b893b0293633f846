import type { EventBody } from '../core/event.ts';
import type { ImageManifest } from '../core/image.ts';
import { issueApplies, issueExplaining, issueInScope, type KnownIssue } from '../core/known-issue.ts';
import type { Subject, Target } from '../core/target.ts';
import type { AttemptOutcome } from './retry.ts';

type Use = 'used' | 'unused' | 'removable';

/** The version that windows are held against. */
export const versionOf = ({ imitates, version }: Pick<ImageManifest, 'imitates' | 'version'>): string =>
  imitates ?? version;

/** The known issues that a run meets, and what comes of each. */
export class KnownIssues {
  readonly #issues: readonly KnownIssue[];
  readonly #used = new Set<string>();
  /** In scope and run, with that many results that were not passed. */
  readonly #tested = new Map<string, { passed: number; other: number }>();

  constructor(issues: readonly KnownIssue[]) {
    this.#issues = issues;
  }

  /** Said at the start of a run: the entries that are about one of its targets. */
  listed(targets: readonly { readonly target: Target; readonly version: string }[]): EventBody | undefined {
    const about = this.#issues.filter(issue =>
      targets.some(({ target, version }) => issueInScope(issue, { ...target, version })),
    );
    if (about.length === 0) return undefined;
    return {
      type: 'known-issues.listed',
      issues: about.map(({ id, effect, scenarios, tracker, reason, expires }) => ({
        id,
        effect,
        scenarios: [...scenarios],
        tracker,
        reason,
        expires,
      })),
    };
  }

  /** The result with the entry that explains it, when there is one. Notes what was seen. */
  explain(subject: Subject, version: string, result: AttemptOutcome): AttemptOutcome {
    const at = { ...subject, version };
    const failed = result.outcome === 'failed' || result.outcome === 'timedout';
    for (const issue of this.#issues) {
      if (issue.effect !== 'warn' || !issueApplies(issue, at)) continue;
      const seen = this.#tested.get(issue.id) ?? { passed: 0, other: 0 };
      if (result.outcome === 'passed') seen.passed += 1;
      else seen.other += 1;
      this.#tested.set(issue.id, seen);
    }
    const known = failed ? issueExplaining(this.#issues, at, result.failure) : undefined;
    if (known === undefined) return result;
    this.#used.add(known.id);
    return { ...result, known: known.id };
  }

  /** Said at the end. Removable is what was tested and passed everywhere it is said to fail. */
  judged(): EventBody | undefined {
    const uses = this.#issues
      .filter(({ effect }) => effect === 'warn')
      .map(({ id, tracker }) => ({ id, tracker, use: this.#use(id) }));
    return uses.length === 0 ? undefined : { type: 'known-issues.judged', uses };
  }

  #use(id: string): Use {
    if (this.#used.has(id)) return 'used';
    const seen = this.#tested.get(id);
    return seen !== undefined && seen.other === 0 && seen.passed > 0 ? 'removable' : 'unused';
  }
}
