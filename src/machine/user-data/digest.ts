import { createHash } from 'node:crypto';
import type { UserData } from '../../core/user-data.ts';

/** JSON with sorted keys and without what is undefined: equal for equal values, however they were put together. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
};

/** `sha256:…` of the scenario's own user-data: the same whatever keys a machine gets. */
export const ownDigest = (own: UserData): string =>
  `sha256:${createHash('sha256').update(canonicalJson(own)).digest('hex')}`;
