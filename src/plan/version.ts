import type { VersionWindow } from '../core/scenario.ts';

/** The numbers of a version that order releases: `4081.3.1`, `3913.0.1`, `4799.0.0+nightly-…`. */
type Numbers = readonly [number, number, number];

const pattern = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?$/;

/** Reads a Flatcar version; build metadata after `+` does not count. Undefined when it is none. */
export const parseVersion = (text: string): Numbers | undefined => {
  const match = pattern.exec(text.trim());
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
};

/** Negative when `a` is older than `b`. */
export const compareVersions = (a: Numbers, b: Numbers): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

/**
 * Why a version lies outside a window, or undefined when it lies inside. An image whose version is unknown is
 * taken for newest: it is what developers boot.
 */
export const outsideWindow = (version: string, window: VersionWindow): string | undefined => {
  const own = parseVersion(version);
  if (own === undefined) return window.until === undefined ? undefined : `only before ${window.until}`;
  const from = window.from === undefined ? undefined : parseVersion(window.from);
  const until = window.until === undefined ? undefined : parseVersion(window.until);
  if (from !== undefined && compareVersions(own, from) < 0)
    return `needs version ${window.from} or later, image is ${version}`;
  if (until !== undefined && compareVersions(own, until) >= 0)
    return `only before ${window.until}, image is ${version}`;
  return undefined;
};
