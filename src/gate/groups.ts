import { globMatches } from '../core/glob.ts';
import type { ResultRecord, TargetRecord } from '../core/history.ts';
import type { CauseKind } from '../core/outcome.ts';
import type { ReleaseIssue } from '../core/release-facts.ts';
import { againCommand } from '../core/repro.ts';
import { subjectKey } from '../core/target.ts';
import { compareVersions } from '../core/version.ts';
import { compareText } from './canonical.ts';
import { platformLabel } from './cells.ts';
import type { Entry } from './entry.ts';

/** One cause, wherever it showed (V4). */
export interface FailureGroup {
  /** `rule: <console rule>` or the normalised signature. */
  readonly cause: string;
  readonly kind: CauseKind | 'unknown';
  /** One of its messages as it was written. */
  readonly message: string;
  readonly failures: number;
  readonly scenarios: readonly string[];
  /** `platform/arch`. */
  readonly places: readonly string[];
  /** Oldest version in the given history that shows it. */
  readonly firstSeen: { readonly version: string; readonly at: number };
  readonly onPrevious: boolean;
  readonly issues: readonly {
    readonly id: string;
    readonly url: string;
    readonly state: 'open' | 'closed';
  }[];
  readonly evidence: readonly string[];
  /** Runs the first of its failures again. */
  readonly repro: string;
}

interface Failure extends Entry {
  readonly cause: string;
}

const bad: ReadonlySet<string> = new Set(['failed', 'timedout', 'flaky', 'blocked']);

/**
 * Joins failures of the same cause across platforms and scenarios. What the console said counts before what the
 * scenario made of it: a panic is one cause, however many checks it broke.
 */
export const failureGroups = (
  targets: readonly TargetRecord[],
  history: readonly TargetRecord[],
  issues: readonly ReleaseIssue[],
  previousVersion?: string,
): FailureGroup[] => {
  const before = failuresOf(history);
  return [...Map.groupBy(failuresOf(targets), failure => failure.cause)]
    .map(([cause, failures]) =>
      group(
        cause,
        failures,
        before.filter(one => one.cause === cause),
        issues,
        previousVersion,
      ),
    )
    .sort((a, b) => b.failures - a.failures || compareText(a.cause, b.cause));
};

/** `7 failures, 2 causes`. */
export const countGroups = (groups: readonly FailureGroup[]): string => {
  const failures = groups.reduce((sum, one) => sum + one.failures, 0);
  const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  return `${plural(failures, 'failure')}, ${plural(groups.length, 'cause')}`;
};

export const causeOf = (result: Pick<ResultRecord, 'rule' | 'signature' | 'scenario' | 'outcome'>): string =>
  result.rule === null
    ? (result.signature ?? `${result.outcome} without a reason: ${result.scenario}`)
    : `rule: ${result.rule}`;

const failuresOf = (targets: readonly TargetRecord[]): Failure[] =>
  targets
    .flatMap(target => target.results.map(result => ({ target, result, cause: causeOf(result) })))
    .filter(({ result }) => bad.has(result.outcome))
    .sort((a, b) => a.result.decidedAt - b.result.decidedAt || compareText(linkOf(a), linkOf(b)));

const group = (
  cause: string,
  failures: readonly Failure[],
  before: readonly Failure[],
  issues: readonly ReleaseIssue[],
  previousVersion: string | undefined,
): FailureGroup => {
  const [first] = failures;
  if (first === undefined) throw new RangeError('a group has at least one failure');
  const oldest = [...failures, ...before].reduce((a, b) =>
    compareVersions(b.target.version, a.target.version) < 0 ||
    (b.target.version === a.target.version && b.result.decidedAt < a.result.decidedAt)
      ? b
      : a,
  );
  const unique = (items: readonly string[]): string[] => [...new Set(items)].sort(compareText);
  return {
    cause,
    kind: first.result.cause ?? 'unknown',
    message: first.result.message ?? 'no reason given',
    failures: failures.length,
    scenarios: unique(failures.map(one => one.result.scenario)),
    places: unique(failures.map(one => `${platformLabel(one.target)}/${one.target.arch}`)),
    firstSeen: { version: oldest.target.version, at: oldest.result.decidedAt },
    onPrevious: before.some(one => one.target.version === previousVersion),
    issues: issues
      .filter(issue => issue.signature !== undefined && globMatches(issue.signature, cause))
      .map(({ id, url, state }) => ({ id, url, state })),
    evidence: unique(failures.map(linkOf)),
    repro: againCommand({ ...first.target, scenario: first.result.scenario }),
  };
};

const linkOf = ({ target, result }: Failure): string =>
  `run/${target.run}/${subjectKey({ ...target, ...result })}`;
