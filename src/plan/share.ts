import type { SharedPart, ShareTrait } from '../core/scenario.ts';

/** SSH channels that scenarios on one machine use at once; more only wait for one another in sshd. */
export const channels = 4;

const changed = (trait: ShareTrait): readonly SharedPart[] => (trait === 'reads' ? [] : trait.changes);

/** Whether what one changes touches what the other looks at or changes. Who only reads may look at anything. */
const disturbs = (one: ShareTrait, other: ShareTrait): boolean => {
  const parts = changed(one);
  if (parts.length === 0) return false;
  if (other === 'reads') return true;
  return [...other.changes, ...(other.reads ?? [])].some(part => parts.includes(part));
};

/** Two scenarios that must not be on one machine at the same time. */
export const conflict = (one: ShareTrait, other: ShareTrait): boolean =>
  disturbs(one, other) || disturbs(other, one);

/** Who of the waiting, given in order of precedence, runs at once on an idle machine. */
export const nextRound = <T extends { readonly share: ShareTrait }>(waiting: readonly T[]): readonly T[] => {
  const round: T[] = [];
  for (const candidate of waiting) {
    if (round.length === channels) break;
    if (!round.some(chosen => conflict(chosen.share, candidate.share))) round.push(candidate);
  }
  return round;
};

/** A scenario as far as grouping is concerned. */
export interface Groupable {
  /** Machines of equal keys are interchangeable; undefined = it has to have machines of its own. */
  readonly shareKey: string | undefined;
  /** Milliseconds that a machine takes to be ready and to go. */
  readonly boot: number;
  /** Milliseconds of the scenario itself. */
  readonly body: number;
  /** Machines at once. */
  readonly machines: number;
}

export interface GroupingOptions {
  /** Machines at once. */
  readonly slots: number;
  /** How much faster several scenarios on one machine are than one after the other; 1 = not at all. */
  readonly speedup: number;
}

/**
 * Puts scenarios that can share a machine together; those alone come out as groups of one. There are as many machines
 * for one key as make the whole run end soonest: one where boots are what costs, more where the bodies are long.
 * Groups and their members keep the order that the items came in.
 */
export const groupShared = <T extends Groupable>(
  items: readonly T[],
  { slots, speedup }: GroupingOptions,
): readonly (readonly T[])[] => {
  const byKey = new Map<string, T[]>();
  for (const item of items)
    if (item.shareKey !== undefined) byKey.set(item.shareKey, [...(byKey.get(item.shareKey) ?? []), item]);
  let others = items
    .filter(({ shareKey }) => shareKey === undefined)
    .reduce((sum, { boot, body, machines }) => sum + (boot + body) * machines, 0);
  const groupOf = new Map<T, readonly T[]>();
  for (const members of byKey.values()) {
    const groups = spread(members, { slots, speedup, others });
    for (const group of groups) for (const member of group) groupOf.set(member, group);
    others += groups.reduce((sum, group) => sum + groupLength(group, speedup), 0);
  }
  return [...new Set(items.map(item => groupOf.get(item) ?? [item]))];
};

/** Milliseconds from the first step to the last of one machine that all of these share. */
export const groupLength = (group: readonly Pick<Groupable, 'boot' | 'body'>[], speedup: number): number => {
  const boot = Math.max(0, ...group.map(member => member.boot));
  const bodies = group.map(member => member.body);
  const sum = bodies.reduce((total, body) => total + body, 0);
  return boot + Math.max(0, ...bodies, sum / Math.min(speedup, group.length));
};

/** Another machine has to save a fifth of the run to be worth its boot. */
const worthwhile = 0.8;

const spread = <T extends Groupable>(
  members: readonly T[],
  { slots, speedup, others }: GroupingOptions & { readonly others: number },
): readonly (readonly T[])[] => {
  let best = distribute(members, 1);
  let bestEnd = Number.POSITIVE_INFINITY;
  for (let count = 1; count <= Math.min(slots, Math.ceil(members.length / 2)); count += 1) {
    const groups = distribute(members, count);
    const lengths = groups.map(group => groupLength(group, speedup));
    const work = lengths.reduce((sum, length) => sum + length, others);
    const end = Math.max(...lengths, work / slots);
    if (end < bestEnd * worthwhile) [best, bestEnd] = [groups, end];
  }
  return best;
};

/** The longest first, each to whom has least; members keep their order within a group. */
const distribute = <T extends Groupable>(members: readonly T[], count: number): readonly (readonly T[])[] => {
  const loads = Array.from({ length: count }, () => 0);
  const place = new Map<T, number>();
  for (const member of members.toSorted((a, b) => b.body - a.body)) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + member.body;
    place.set(member, least);
  }
  return loads
    .map((_, index) => members.filter(member => place.get(member) === index))
    .filter(group => group.length > 0);
};

/**
 * Groups in starting order: as they came as long as they begin with what failed last time or was never run, then the
 * longest first. A group is as long as all its members on one machine, which the order of the items cannot know.
 */
export const startingOrder = <T extends Groupable & { readonly urgent: boolean }>(
  groups: readonly (readonly T[])[],
  speedup: number,
): readonly (readonly T[])[] => {
  const isUrgent = ([first]: readonly T[]): boolean => first?.urgent === true;
  const calm = groups.filter(group => !isUrgent(group));
  return [
    ...groups.filter(isUrgent),
    ...calm.toSorted((a, b) => groupLength(b, speedup) - groupLength(a, speedup)),
  ];
};
