import { userInfo } from 'node:os';
import type { FoundResource } from '../core/cloud-account.ts';
import type { RunId } from '../core/ids.ts';

/** The tags of every resource that kola creates. Lower case, digits, `-` and `_` in keys: every vendor takes them. */
export const tagKeys = {
  managedBy: 'managed-by',
  run: 'kola-run',
  owner: 'kola-owner',
  /** Seconds since the epoch. */
  created: 'kola-created',
  /** Seconds since the epoch; moved on while the run lives. */
  expires: 'kola-expires',
  /** The name in the ledger, by which a resource is found whose id was never learned. */
  name: 'kola-name',
  /** `yes` on images that many runs share. */
  shared: 'kola-shared',
  /** `sha256-…` of the disk that a shared image was made from. */
  digest: 'kola-digest',
} as const;

export const managedBy = 'kola';

export interface TagFacts {
  readonly run: RunId;
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly expires: number;
}

export type Tags = Readonly<Record<string, string>>;

/** Values are made of lower-case letters, digits, `-` and `_` only, at most 63 characters: GCE's rule, the strictest. */
export const resourceTags = (facts: TagFacts, name: string): Tags => ({
  [tagKeys.managedBy]: managedBy,
  [tagKeys.run]: facts.run,
  [tagKeys.owner]: tagValue(facts.owner),
  [tagKeys.created]: epoch(facts.created),
  [tagKeys.expires]: epoch(facts.expires),
  [tagKeys.name]: tagValue(name),
});

export const tagValue = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .slice(0, 63);

export const epoch = (ms: number): string => String(Math.floor(ms / 1000));

/** Who to ask about a resource: `KOLA_OWNER`, else the user of this process. */
export const ownerName = (env: Readonly<Record<string, string | undefined>> = process.env): string =>
  tagValue(env.KOLA_OWNER ?? env.GITHUB_REPOSITORY ?? userInfo().username);

/** What the tags of a resource say; undefined when it is not ours. Tags that make no sense are as good as missing. */
export const foundResource = (
  kind: string,
  id: string,
  tags: Readonly<Record<string, string | undefined>>,
): FoundResource | undefined => {
  if (tags[tagKeys.managedBy] !== managedBy) return undefined;
  const run = tags[tagKeys.run];
  const owner = tags[tagKeys.owner];
  const created = time(tags[tagKeys.created]);
  const expires = time(tags[tagKeys.expires]);
  return {
    kind,
    id,
    name: tags[tagKeys.name] ?? '',
    ...(run === undefined ? {} : { run }),
    ...(owner === undefined ? {} : { owner }),
    ...(created === undefined ? {} : { created }),
    ...(expires === undefined ? {} : { expires }),
    ...(tags[tagKeys.shared] === 'yes' ? { shared: true } : {}),
  };
};

const time = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) * 1000 : undefined;
