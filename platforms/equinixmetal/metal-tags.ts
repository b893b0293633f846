import type { Tags } from '../../src/cloud/tags.ts';

/** Tags are plain texts here: `key=value`. */
export const metalTags = (tags: Tags): readonly string[] =>
  Object.entries(tags).map(([key, value]) => `${key}=${value}`);

export const tagsOf = (tags: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    tags.map(text => {
      const at = text.indexOf('=');
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
