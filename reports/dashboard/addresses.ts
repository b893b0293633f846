/** Addresses of all pages, relative to the top of the site; the same when served and when exported. */
export const address = {
  board: 'index.html',
  scenarios: 'scenarios.html',
  flakes: 'flakes.html',
  waivers: 'waivers.html',
  runs: 'runs.html',
  release: (channel: string, version: string, page: ReleasePage = 'index'): string =>
    `release/${slug(channel)}/${slug(version)}/${page}.html`,
  place: (channel: string, version: string, platform: string, arch: string): string =>
    `release/${slug(channel)}/${slug(version)}/on/${slug(platform)}/${slug(arch)}.html`,
  scenario: (name: string): string => `scenario/${slug(name)}.html`,
  run: (run: string): string => `run/${slug(run)}.html`,
} as const;

export const releasePages = ['index', 'failures', 'compare', 'coverage', 'soak', 'decision'] as const;
export type ReleasePage = (typeof releasePages)[number];

/** `../` as often as an address is deep. */
export const rootOf = (path: string): string => '../'.repeat(path.split('/').length - 1);

/**
 * A name as one part of an address that is a file name too, so that a page exported as a file has the address it was
 * served at. Names of imported tests may hold anything: what is not plain is written as `~` and hex digits.
 */
export const slug = (name: string): string =>
  Buffer.from(name)
    .toString('latin1')
    .replace(/[^A-Za-z0-9_+.-]|^\./g, char => `~${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** The name again; undefined when it is nobody's slug. */
export const unslug = (part: string): string | undefined => {
  const bytes = part.replace(/~([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const name = Buffer.from(bytes, 'latin1').toString('utf8');
  return slug(name) === part ? name : undefined;
};
