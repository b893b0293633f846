/** `*` for anything, `?` for one character; everything else as it stands. */
export const globMatches = (glob: string, text: string): boolean => {
  const pattern = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`, 's').test(text);
};

export const anyMatches = (globs: readonly string[], text: string): boolean =>
  globs.some(glob => globMatches(glob, text));
