import type { HistoryReader, TargetRecord } from '../core/history.ts';
import type { ReleaseFacts } from '../core/release-facts.ts';
import type { Arch } from '../core/target.ts';
import { compareVersions, isNightly, majorOf } from '../core/version.ts';
import type { Candidate, CatalogueEntry, Emergency, GateInput, SetAside } from './input.ts';
import { type ChannelRules, channelRules, type LoadedPolicy } from './policy/load.ts';
import type { Waiver } from './waiver.ts';

export interface GatherOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly policy: LoadedPolicy;
  readonly candidate: Candidate;
  readonly arches?: readonly Arch[];
  readonly waivers: readonly Waiver[];
  /** Default: what the release's facts say, else the version below in the same channel. */
  readonly previous?: string;
  readonly catalogue?: readonly CatalogueEntry[];
  readonly setAside?: readonly SetAside[];
  readonly emergency?: Emergency;
}

/** Reads from the history everything that {@link decide} wants to know about a candidate, and nothing else. */
export const gather = async (history: HistoryReader, options: GatherOptions): Promise<GateInput> => {
  const { candidate, policy } = options;
  const channel = channelRules(policy.policy, candidate.channel);
  const release = await firstOf(channel.names, name => history.release(name, candidate.version));
  const previousVersion =
    options.previous ?? release?.previous ?? (await versionBefore(history, channel, candidate));
  return {
    now: options.now,
    policy,
    candidate,
    ...(options.arches === undefined ? {} : { arches: options.arches }),
    // Of every channel: a run that was filed under another one is named among those that do not count.
    targets: await history.targets({ version: candidate.version }),
    release,
    previous:
      previousVersion === undefined ? undefined : await readPrevious(history, channel, previousVersion),
    nightlies: await readNightlies(history, channel, candidate),
    ancestors: await readAncestors(history, channel, release),
    adoption: await readAdoption(history, candidate, release),
    issues: await history.issues(),
    waivers: options.waivers,
    catalogue: [...(options.catalogue ?? []), ...(release?.untested ?? [])],
    setAside: options.setAside ?? [],
    emergency: options.emergency,
  };
};

const firstOf = async <T>(
  names: readonly string[],
  ask: (name: string) => Promise<T | undefined>,
): Promise<T | undefined> => {
  for (const name of names) {
    const found = await ask(name);
    if (found !== undefined) return found;
  }
  return undefined;
};

const versionBefore = async (
  history: HistoryReader,
  channel: ChannelRules,
  candidate: Candidate,
): Promise<string | undefined> => {
  const all = (await Promise.all(channel.names.map(name => history.versions(name)))).flat();
  return all
    .filter(version => compareVersions(version, candidate.version) < 0 && !isNightly(version))
    .filter(version => channel.major === undefined || majorOf(version) === String(channel.major))
    .sort((a, b) => compareVersions(b, a))[0];
};

const readPrevious = async (history: HistoryReader, channel: ChannelRules, version: string) => ({
  version,
  release: await firstOf(channel.names, name => history.release(name, version)),
  targets: (await Promise.all(channel.names.map(name => history.targets({ channel: name, version })))).flat(),
});

/** More nightlies than any sensible policy asks for; reading a whole year of them would be slow for nothing. */
const nightliesRead = 20;

const readNightlies = async (
  history: HistoryReader,
  channel: ChannelRules,
  candidate: Candidate,
): Promise<TargetRecord[]> => {
  const versions = (await Promise.all(channel.names.map(name => history.versions(name)))).flat();
  const branch = versions
    .filter(version => isNightly(version) && majorOf(version) === majorOf(candidate.version))
    .sort((a, b) => compareVersions(b, a));
  const last = [...new Set(branch)].slice(0, nightliesRead);
  const targets = await Promise.all(last.map(version => history.targets({ version })));
  return targets.flat().filter(target => channel.names.includes(target.channel));
};

const readAncestors = async (
  history: HistoryReader,
  channel: ChannelRules,
  release: ReleaseFacts | undefined,
): Promise<ReleaseFacts[]> => {
  const names = new Set([...channel.names, release?.promotedFrom?.channel].filter(one => one !== undefined));
  return (await Promise.all([...names].map(name => history.releases(name)))).flat();
};

const readAdoption = async (
  history: HistoryReader,
  candidate: Candidate,
  release: ReleaseFacts | undefined,
) => {
  const versions = new Set(
    [candidate.version, release?.promotedFrom?.version].filter(one => one !== undefined),
  );
  return (await Promise.all([...versions].map(version => history.adoption(version)))).flat();
};
