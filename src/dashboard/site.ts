import { stat } from 'node:fs/promises';
import type { HistoryReader } from '../core/history.ts';
import { type LoadedPolicy, loadPolicy } from '../gate/policy/load.ts';
import { loadWaivers, type Waiver } from '../gate/waiver.ts';
import { historyReader } from '../store/history.ts';
import type { Store } from '../store/open.ts';
import { embargoes, storeStamp } from '../store/queries/pages.ts';
import type { Hourly } from './load/cost.ts';

/** What the dashboard is made from. */
export interface Sources {
  readonly store: Store;
  readonly policyFile: string;
  readonly waiverFolder: string;
  readonly decisionFolder: string;
  /** False for everything that leaves the house. */
  readonly embargoed: boolean;
  readonly now: () => number;
  readonly hourly: Hourly;
}

/** Everything as it was at one moment. Pages of one moment agree with each other. */
export interface Moment {
  readonly sources: Sources;
  readonly store: Store;
  readonly history: HistoryReader;
  readonly policy: LoadedPolicy;
  readonly waivers: readonly Waiver[];
  readonly hiddenRuns: ReadonlySet<string>;
  readonly hiddenVersions: ReadonlySet<string>;
  readonly at: number;
  /** Equal for equal sources; says nothing about the time. */
  readonly stamp: string;
  /** Computes once in this moment, and keeps what was asked for lately. */
  memo<T>(key: string, make: () => Promise<T>): Promise<T>;
}

export interface Site {
  /** What is known now. While something newer is being read this is the moment before it, at most minutes old. */
  moment(): Promise<Moment>;
  /** The same, but everything that is in the sources now is in it. */
  newest(): Promise<Moment>;
}

/** A new moment begins with every change, and after this many milliseconds, as verdicts depend on the time. */
const longestMoment = 60_000;
/** Nobody is shown anything older than this, as when nobody asked for hours. */
const tooOld = 5 * 60_000;
/** Several requests of one page view share a look at the sources. */
const lookAgain = 500;

/** `warm` fills a moment with what is asked for first, before it takes the place of the one before. */
export const createSite = (sources: Sources, warm: (moment: Moment) => Promise<unknown>): Site => {
  let current: Moment | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<Moment> | undefined;
  const look = async (): Promise<Moment> => {
    const now = sources.now();
    const stamp = await stampOf(sources);
    if (current === undefined || current.stamp !== stamp || now - current.at > longestMoment) {
      const next = await begin(sources, stamp, now);
      await warm(next);
      current = next;
    }
    lookedAt = performance.now();
    return current;
  };
  const lookOnce = (): Promise<Moment> => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  return {
    moment: async () => {
      if (current === undefined || sources.now() - current.at > tooOld) return lookOnce();
      // A failure is told to whoever waits for it: the next look, or the one that watches.
      if (performance.now() - lookedAt > lookAgain) lookOnce().catch(() => {});
      return current;
    },
    newest: async () => {
      // A look that is under way may have begun before the change.
      await looking?.catch(() => {});
      return lookOnce();
    },
  };
};

const stampOf = async (sources: Sources): Promise<string> => {
  const files = [sources.policyFile, sources.waiverFolder, sources.decisionFolder];
  const changed = await Promise.all(files.map(file => stat(file).catch(() => undefined)));
  return [await storeStamp(sources.store), ...changed.map(one => one?.mtimeMs ?? 0)].join(' ');
};

/** A release with its nightlies takes some megabytes. */
const mostKept = 14;

const begin = async (sources: Sources, stamp: string, at: number): Promise<Moment> => {
  const { store, embargoed } = sources;
  const [policy, waivers, hidden] = await Promise.all([
    loadPolicy(sources.policyFile),
    loadWaivers(sources.waiverFolder),
    embargoed ? { runs: new Set<string>(), versions: new Set<string>() } : embargoes(store),
  ]);
  const kept = new Map<string, Promise<unknown>>();
  return {
    sources,
    store,
    policy,
    waivers,
    at,
    stamp,
    hiddenRuns: hidden.runs,
    hiddenVersions: hidden.versions,
    history: embargoed ? historyReader(store) : withoutEmbargoed(historyReader(store), hidden.versions),
    memo: <T>(key: string, make: () => Promise<T>): Promise<T> => {
      const known = kept.get(key) as Promise<T> | undefined;
      const made = known ?? make();
      // Put at the end again: the first one is then the one that was not asked for the longest.
      kept.delete(key);
      kept.set(key, made);
      if (known === undefined) made.catch(() => kept.delete(key));
      const [oldest] = kept.keys();
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
      return made;
    },
  };
};

/** A history in which embargoed runs, and versions that only they know, do not exist. */
const withoutEmbargoed = (history: HistoryReader, hidden: ReadonlySet<string>): HistoryReader => ({
  targets: filter => history.targets({ ...filter, embargoed: false }),
  versions: async channel => (await history.versions(channel)).filter(version => !hidden.has(version)),
  release: async (channel, version) => (hidden.has(version) ? undefined : history.release(channel, version)),
  releases: async channel => (await history.releases(channel)).filter(one => !hidden.has(one.version)),
  adoption: async version => (hidden.has(version) ? [] : history.adoption(version)),
  issues: async () =>
    (await history.issues()).filter(
      one => one.versions.length === 0 || one.versions.some(version => !hidden.has(version)),
    ),
});
