/** How often runs and workers look at the database. */
export interface Pace {
  /** Milliseconds between looks for work, and for results. */
  readonly every: number;
  /** Milliseconds between signs of life. */
  readonly beatEvery: number;
  /** Milliseconds without one after which a worker counts as lost: the same for all on a queue. */
  readonly lostAfter: number;
}

/** A worker that missed a few beats is not lost yet. */
const beats = 6;

export const paceOf = (lostAfter: number): Pace => ({
  every: 500,
  beatEvery: lostAfter / beats,
  lostAfter,
});
