/** Rules that a boot into an emergency shell breaks, as one. */
export const emergency: readonly string[] = ['emergency-shell', 'unit-failed-to-start', 'dependency-failed'];

/** What the console may show while a slot that was broken on purpose is tried. */
export const brokenSlot: readonly string[] = [
  ...emergency,
  'kernel-panic',
  'verity-corruption',
  'disk-io-error',
];
