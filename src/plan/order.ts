/** What is known of a scenario from earlier runs on the same platform and architecture. */
export interface Known {
  /** Milliseconds of a whole attempt. */
  readonly took: number;
  /** Milliseconds of its body alone. */
  readonly run?: number;
  readonly failed: boolean;
}

/** A small seeded generator (mulberry32): the same seed gives the same order everywhere. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Fisher–Yates with a seed. */
const shuffle = <T>(items: readonly T[], random: () => number): T[] => {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [shuffled[last], shuffled[other]];
    if (a !== undefined && b !== undefined) [shuffled[last], shuffled[other]] = [b, a];
  }
  return shuffled;
};

export interface Orderable {
  readonly machines: number;
  readonly known: Known | undefined;
}

/**
 * The order of precedence: what failed last time, then what has never run (it may be long), then the longest
 * first. Equals are drawn from the seed, so that hidden dependencies between scenarios come to light.
 */
export const order = <T extends Orderable>(items: readonly T[], seed: number): T[] =>
  shuffle(items, seededRandom(seed)).sort(
    (a, b) =>
      urgency(b) - urgency(a) || (b.known?.took ?? 0) - (a.known?.took ?? 0) || b.machines - a.machines,
  );

const urgency = ({ known }: Orderable): number => (known === undefined ? 1 : known.failed ? 2 : 0);
