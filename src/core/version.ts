/**
 * Order of Flatcar versions: `4459.2.1`, `4799.0.0+nightly-20260821-2100`. Numbers first; with equal numbers a
 * build with a `-` or `+` suffix (nightly, alpha) comes before the plain one, and suffixes compare as text.
 */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [split(a), split(b)];
  for (let i = 0; i < Math.max(left.numbers.length, right.numbers.length); i++) {
    const difference = (left.numbers[i] ?? 0) - (right.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.suffix === right.suffix) return 0;
  if (left.suffix === '') return 1;
  if (right.suffix === '') return -1;
  return left.suffix < right.suffix ? -1 : 1;
};

/** `4459` of `4459.2.1`: the branch point all channels share. */
export const majorOf = (version: string): string => version.split(/[.+-]/, 1)[0] ?? version;

export const isNightly = (version: string): boolean => /[+-]nightly/.test(version);

const split = (version: string): { numbers: number[]; suffix: string } => {
  const at = version.search(/[+-]/);
  const plain = at < 0 ? version : version.slice(0, at);
  return {
    numbers: plain.split('.').map(part => Number.parseInt(part, 10) || 0),
    suffix: at < 0 ? '' : version.slice(at),
  };
};

/** A version as releases and nightlies write it: three numbers, a suffix for what is no release. */
const versionForm = /^(\d+)\.(\d+)\.(\d+)([+-][0-9A-Za-z][0-9A-Za-z.+-]*)?$/;

export const isVersion = (text: string): boolean => versionForm.test(text);

/** A build that was made to be released: numbers only. */
export const isReleaseBuild = (version: string): boolean => versionForm.exec(version)?.[4] === undefined;

/**
 * Flatcar's channel, told by the second number: 0 alpha, 1 beta, 2 stable, 3 and more LTS. Nightlies of a channel's
 * branch have its number, too. Undefined when it is no version.
 */
export const channelOfVersion = (version: string): 'alpha' | 'beta' | 'stable' | 'lts' | undefined => {
  const minor = versionForm.exec(version)?.[2];
  return minor === undefined ? undefined : ((['alpha', 'beta', 'stable'] as const)[Number(minor)] ?? 'lts');
};

/** `2024` of the stream `lts-2024`. */
export const ltsYear = (channel: string): string | undefined => /^lts-(\d{4})$/.exec(channel)?.[1];
