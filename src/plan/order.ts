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

/**
 * The order in which scenarios start: drawn from the seed so that hidden dependencies between scenarios show,
 * with large clusters first, since they are the hardest to fit in at the end.
 */
export const orderBySeed = <T extends { readonly machines: number }>(
  items: readonly T[],
  seed: number,
): T[] => shuffle(items, seededRandom(seed)).sort((a, b) => b.machines - a.machines);
