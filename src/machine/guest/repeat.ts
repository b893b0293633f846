export interface Repetition {
  /** Most and fewest times. */
  readonly most: number;
  readonly least: number;
  /** Milliseconds that all of them together should take. */
  readonly budget: number;
}

/**
 * How often something is done that took `once` ms: up to `most` on hardware, fewer where a container takes
 * seconds to start, so that a race has as many chances as the time allows.
 */
export const repetitions = (once: number, { most, least, budget }: Repetition): number =>
  Math.max(least, Math.min(most, Math.floor(budget / Math.max(once, 1))));
