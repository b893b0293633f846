import type { Clock } from '../core/clock.ts';
import type { FoundResource } from '../core/cloud-account.ts';
import type { OwnedResource } from '../core/ledger.ts';
import { poll } from '../core/poll.ts';

/** A resource that is to go: from the ledger, or found by its tags. */
export interface Doomed {
  readonly id: string;
  readonly name: string;
  readonly detail: Readonly<Record<string, string>>;
  /**
   * Created a moment ago: "not found" then proves nothing yet, for clouds that need a while until all of their servers
   * know a new resource.
   */
  readonly young?: boolean;
}

/** In the detail of ledger entries: milliseconds since the epoch at which the create call was answered. */
export const createdKey = 'answered';

/** Milliseconds during which a resource is young. */
const youth = 60_000;

/**
 * One kind of resource of one platform. A platform lists its kinds in the order in which they have to be destroyed:
 * instances before the security groups they use. Everything about leaks follows from this list.
 */
export interface ResourceKind<Cloud> {
  readonly kind: string;
  /** Everything of this kind in the account that bears kola's tags (of `run` only, where the vendor can filter). */
  list(cloud: Cloud, signal: AbortSignal, run?: string): Promise<readonly FoundResource[]>;
  /** Resolves when it is gone, or cannot come back to life and costs nothing any more. Fine when it was gone. */
  destroy(cloud: Cloud, resource: Doomed, signal: AbortSignal): Promise<void>;
  /** Ids of what bears this name, for kinds that cannot bear tags. Default: by the tags of {@link list}. */
  find?(cloud: Cloud, name: string, run: string, signal: AbortSignal): Promise<readonly string[]>;
}

export interface TeardownPlace<Cloud> {
  readonly cloud: Cloud;
  readonly kinds: readonly ResourceKind<Cloud>[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** How long a resource is looked for whose create call was never answered, in milliseconds. */
  readonly search?: { readonly every: number; readonly until: number };
}

/** What was just created may not be listed for a few seconds. */
const defaultSearch = { every: 2000, until: 10_000 } as const;
/** However long one look takes. */
const leastLooks = 3;

/**
 * Destroys resources of the ledger in dependency order, those of one kind side by side. Calls `gone` for each that is
 * gone; goes on when one resists, and throws in the end what the first of them threw.
 */
export const tearDown = async <Cloud>(
  resources: readonly OwnedResource[],
  place: TeardownPlace<Cloud>,
  gone: (entry: string) => Promise<void>,
): Promise<void> => {
  const errors: unknown[] = [];
  const known = new Set(place.kinds.map(({ kind }) => kind));
  for (const resource of resources)
    if (!known.has(resource.kind)) errors.push(new TypeError(`unknown kind of resource ${resource.kind}`));
  for (const kind of place.kinds) {
    place.signal.throwIfAborted();
    const own = resources.filter(resource => resource.kind === kind.kind);
    const ended = await Promise.allSettled(
      own.map(async resource => {
        await destroyOne(kind, resource, place);
        await gone(resource.entry);
      }),
    );
    for (const [index, end] of ended.entries())
      if (end.status === 'rejected') {
        errors.push(end.reason);
        const { id, name } = own[index] ?? {};
        place.log(`Failed to destroy ${kind.kind} ${id ?? name}: ${messageOf(end.reason)}`);
      }
  }
  if (errors.length > 0) throw errors[0];
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const destroyOne = async <Cloud>(
  kind: ResourceKind<Cloud>,
  resource: OwnedResource,
  place: TeardownPlace<Cloud>,
): Promise<void> => {
  const ids = resource.id === undefined ? await search(kind, resource, place) : [resource.id];
  const { detail = {}, name } = resource;
  const young = place.clock.now() - Number(detail[createdKey] ?? 0) < youth;
  for (const id of ids) {
    await kind.destroy(place.cloud, { id, name, detail, young }, place.signal);
    place.log(`Destroyed ${kind.kind} ${id}`);
  }
};

/** The create call was made and nobody knows what came of it: the name is all there is. */
const search = async <Cloud>(
  kind: ResourceKind<Cloud>,
  { name, run }: OwnedResource,
  { cloud, clock, signal, search: limits = defaultSearch }: TeardownPlace<Cloud>,
): Promise<readonly string[]> => {
  const end = clock.monotonic() + limits.until;
  const what = `${kind.kind} ${name} to be listed`;
  let looks = 0;
  // It ends by itself: a timeout would be an error, and finding nothing is none.
  return poll({ every: limits.every, until: Number.MAX_SAFE_INTEGER, signal, clock, what }, async () => {
    const ids = await findByName(kind, cloud, name, run, signal);
    looks += 1;
    if (ids.length > 0 || (looks >= leastLooks && clock.monotonic() >= end)) return { done: ids };
    return { pending: 'not listed' };
  });
};

const findByName = async <Cloud>(
  kind: ResourceKind<Cloud>,
  cloud: Cloud,
  name: string,
  run: string,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  if (kind.find !== undefined) return kind.find(cloud, name, run, signal);
  const found = await kind.list(cloud, signal, run);
  return found.filter(resource => resource.name === name && resource.run === run).map(({ id }) => id);
};
