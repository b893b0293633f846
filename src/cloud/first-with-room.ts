import { CapacityError } from '../core/errors.ts';

export interface Choices<Place> {
  /** In order of preference. */
  readonly places: readonly Place[];
  /** Names one, as in "No room for …". */
  readonly name: (place: Place) => string;
  /** What the next one is: `size`, `place`. */
  readonly noun: string;
  readonly log: (line: string) => void;
}

/** A cloud has no room for what was asked for now; a quota that is used up is no lack of room. */
export const isFull = (error: unknown): boolean =>
  error instanceof CapacityError && error.code === 'cloud-capacity';

/** Tries one type, zone or both after the other until one has room; throws what the last of them threw. */
export const firstWithRoom = async <Place, T>(
  { places, name, noun, log }: Choices<Place>,
  attempt: (place: Place, index: number) => Promise<T>,
): Promise<T> => {
  for (const [index, place] of places.entries())
    try {
      return await attempt(place, index);
    } catch (error) {
      if (!isFull(error) || index + 1 === places.length) throw error;
      log(`No room for ${name(place)}: trying the next ${noun}`);
    }
  throw new TypeError(`no ${noun} to try`);
};
