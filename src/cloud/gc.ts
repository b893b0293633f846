import type { CloudAccount, FoundResource } from '../core/cloud-account.ts';
import { UsageError } from '../core/errors.ts';
import type { Doomed, ResourceKind } from './kinds.ts';

/** Which leftovers are meant. One of the two is there. */
export interface CollectionScope {
  /** Everything of one run, whatever its lease says. */
  readonly run?: string;
  /** Created before so many milliseconds, by whatever run, and with an expired lease. */
  readonly olderThan?: number;
}

export interface CollectionPlan {
  /** In the order in which they have to go. */
  readonly doomed: readonly FoundResource[];
  readonly kept: readonly { readonly resource: FoundResource; readonly why: string }[];
}

/** Decides what goes; `found` is in the order of destruction. Anything that is not certain stays. */
export const planCollection = (
  found: readonly FoundResource[],
  scope: CollectionScope,
  now: number,
): CollectionPlan => {
  if (scope.run === undefined && scope.olderThan === undefined)
    throw new UsageError('gc-scope', 'kola gc: expected --run or --older-than, found neither', {
      hint: 'without a scope it would take what other runs are using',
    });
  const judged = found.map(resource => ({ resource, why: reasonToKeep(resource, scope, now) }));
  return {
    doomed: judged.flatMap(({ resource, why }) => (why === undefined ? [resource] : [])),
    kept: judged.flatMap(({ resource, why }) => (why === undefined ? [] : [{ resource, why }])),
  };
};

const reasonToKeep = (
  { run, created, expires, shared }: FoundResource,
  scope: CollectionScope,
  now: number,
): string | undefined => {
  if (scope.run !== undefined) {
    if (run !== scope.run) return `belongs to run ${run ?? '(unknown)'}`;
    if (scope.olderThan === undefined) return undefined;
  }
  if (created === undefined) return 'does not say when it was created';
  if (expires === undefined) return 'does not say when it expires';
  const age = now - created;
  if (age < (scope.olderThan ?? 0)) return `is ${hours(age)} old`;
  if (expires > now) {
    const lease = shared === true ? 'is a shared image' : `run ${run ?? '(unknown)'} holds its lease`;
    return `${lease} for ${hours(expires - now)} more`;
  }
  return undefined;
};

const hours = (ms: number): string => {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
};

/** The list and destroy verbs of an account, from the kinds of its platform. */
export const collectorOf = <Cloud>(
  cloud: Cloud,
  kinds: readonly ResourceKind<Cloud>[],
): Pick<CloudAccount, 'list' | 'destroy'> => ({
  list: async signal => {
    const found: FoundResource[] = [];
    for (const kind of kinds) found.push(...(await kind.list(cloud, signal)));
    return found;
  },
  destroy: async ({ kind: name, id, name: own, detail = {} }, signal) => {
    const kind = kinds.find(candidate => candidate.kind === name);
    if (kind === undefined) throw new TypeError(`unknown kind of resource ${name}`);
    const doomed: Doomed = { id, name: own, detail };
    await kind.destroy(cloud, doomed, signal);
  },
});
