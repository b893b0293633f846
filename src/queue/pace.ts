/** Milliseconds; runs and workers on one queue must agree on the last. */
export const pace = {
  /** Between looks for work, and for results. */
  every: 500,
  /** Between signs of life. */
  beatEvery: 10_000,
  /** Without one, a worker counts as lost. */
  lostAfter: 60_000,
} as const;
