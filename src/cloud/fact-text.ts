import type { Tags } from './tags.ts';

/**
 * Tags in a free text, for resources that have a name or a description but no tags:
 * `managed-by=kola kola-run=abcd2345 …`. Values have no spaces.
 */
export const factText = (tags: Tags): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

export const readFactText = (text: string): Tags =>
  Object.fromEntries(
    text.split(/\s+/).flatMap(word => {
      const at = word.indexOf('=');
      return at < 1 ? [] : [[word.slice(0, at), word.slice(at + 1)] as const];
    }),
  );
