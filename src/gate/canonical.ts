import { createHash } from 'node:crypto';

/** JSON with sorted keys and no optional parts: equal data gives equal bytes, which is what hashes and replays need. */
export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value));

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => compareText(a, b)).map(([key, one]) => [key, sorted(one)]),
  );
};

/** By code units: the same on every machine, whatever its locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const sha256Of = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
