import { managedBy, type Tags, tagKeys } from '../../src/cloud/tags.ts';

/**
 * Tags of DigitalOcean are things of the account, not of the resource. A run has two, which go with it:
 * `kola-run:RUN` is on all its droplets, and its firewall holds for those; `kola-lease:RUN:OWNER:CREATED:EXPIRES` is on
 * nothing and says the rest, so that renewing the lease is one call.
 */
export const runTag = (run: string): string => `kola-run:${run}`;

export const leaseTag = (tags: Tags): string =>
  ['kola-lease', tags[tagKeys.run], tags[tagKeys.owner], tags[tagKeys.created], tags[tagKeys.expires]].join(
    ':',
  );

export const runOf = (name: string): string | undefined => /^kola-(?:run|lease):([a-z0-9]+)/.exec(name)?.[1];

const readLease = (name: string): Tags | undefined => {
  const [word, run, owner, created, expires] = name.split(':');
  if (word !== 'kola-lease' || run === undefined || owner === undefined) return undefined;
  return {
    [tagKeys.managedBy]: managedBy,
    [tagKeys.run]: run,
    [tagKeys.owner]: owner,
    [tagKeys.created]: created ?? '',
    [tagKeys.expires]: expires ?? '',
  };
};

/** What the tags of an account say of each run; the latest lease counts. */
export const leasesByRun = (names: readonly string[]): ReadonlyMap<string, Tags> => {
  const runs = new Map<string, Tags>();
  for (const name of names) {
    const run = runOf(name);
    if (run === undefined) continue;
    const bare: Tags = { [tagKeys.managedBy]: managedBy, [tagKeys.run]: run };
    const known = runs.get(run) ?? bare;
    const lease = readLease(name) ?? bare;
    runs.set(run, Number(lease[tagKeys.expires] ?? 0) >= Number(known[tagKeys.expires] ?? 0) ? lease : known);
  }
  return runs;
};
