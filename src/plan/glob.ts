import { matchesGlob } from 'node:path';

/** Whether a scenario name matches one of kola's shell globs (`*`, `?`, `[…]`). */
export const matchesAny = (name: string, patterns: readonly string[]): boolean =>
  patterns.length === 0 || patterns.some(pattern => pattern === name || matchesGlob(name, pattern));

/** A name written out is asked for on purpose: version windows give way to it. */
export const isNamed = (name: string, patterns: readonly string[]): boolean => patterns.includes(name);
