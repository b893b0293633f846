/** What a scenario occupies while it runs; the sum over its machines. */
export interface Demand {
  readonly machines: number;
  readonly memoryMiB: number;
  readonly vcpus: number;
}

/** What a platform has in all. `Infinity` where it does not limit. */
export type Capacity = Demand;

export interface Waiting {
  readonly demand: Demand;
  /** Milliseconds it is expected to take. */
  readonly expected: number;
}

export interface Running {
  readonly demand: Demand;
  /** When it is expected to be over, on the same clock as `now`. May lie in the past: it is late then. */
  readonly endsAt: number;
}

const keys = ['machines', 'memoryMiB', 'vcpus'] as const;

const combine = (a: Demand, b: Demand, how: (x: number, y: number) => number): Demand => ({
  machines: how(a.machines, b.machines),
  memoryMiB: how(a.memoryMiB, b.memoryMiB),
  vcpus: how(a.vcpus, b.vcpus),
});
const minus = (a: Demand, b: Demand): Demand => combine(a, b, (x, y) => x - y);
const plus = (a: Demand, b: Demand): Demand => combine(a, b, (x, y) => x + y);
const fits = (demand: Demand, free: Demand): boolean => keys.every(key => demand[key] <= free[key]);

/** A demand that no capacity can meet is cut down to all there is: it then runs alone. */
export const bounded = (demand: Demand, capacity: Capacity): Demand => combine(demand, capacity, Math.min);

/**
 * Which of the waiting, in order of precedence, starts now. The first that fits, where the very first in line
 * must not be put off by those behind it: when it has to wait, another may only pass it if it will be done by
 * the time the first can start, or leaves it enough room then (EASY backfilling). So a large cluster never
 * starves, and nobody waits for half of its machines.
 */
export const pickNext = (
  waiting: readonly Waiting[],
  running: readonly Running[],
  capacity: Capacity,
  now: number,
): number | undefined => {
  const [head] = waiting;
  if (head === undefined) return undefined;
  const free = running.reduce((left, { demand }) => minus(left, demand), capacity);
  if (fits(head.demand, free)) return 0;
  const start = headStart(head.demand, running, free, now);
  const place = waiting.findIndex(({ demand, expected }, index) => {
    if (index === 0 || !fits(demand, free)) return false;
    return now + expected <= start.at || fits(demand, start.spare);
  });
  return place < 0 ? undefined : place;
};

/** When the first in line can start if everything goes as expected, and what is then left beside it. */
const headStart = (
  demand: Demand,
  running: readonly Running[],
  free: Demand,
  now: number,
): { readonly at: number; readonly spare: Demand } => {
  let left = free;
  for (const { endsAt, demand: freed } of running.toSorted((a, b) => a.endsAt - b.endsAt)) {
    left = plus(left, freed);
    if (fits(demand, left)) return { at: Math.max(endsAt, now), spare: minus(left, demand) };
  }
  return { at: now, spare: { machines: 0, memoryMiB: 0, vcpus: 0 } };
};

/** Milliseconds that no schedule can beat: the longest piece, and the whole work spread over all there is. */
export const lowerBound = (work: readonly Waiting[], capacity: Capacity): number => {
  const longest = Math.max(0, ...work.map(({ expected }) => expected));
  const spread = keys.map(key =>
    Number.isFinite(capacity[key])
      ? work.reduce((sum, { demand, expected }) => sum + Math.min(demand[key], capacity[key]) * expected, 0) /
        capacity[key]
      : 0,
  );
  return Math.max(longest, ...spread);
};
