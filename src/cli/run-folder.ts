import { join, relative, resolve } from 'node:path';

/** Where a run goes, and the link that shall point at it. */
export interface RunPlace {
  readonly outputDir: string;
  readonly latestLink?: string;
}

const baseFolder = '_kola_temp';

/** `20261120T184512Z`: sorts by time, and is valid in every file system. */
export const compactTime = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/[-:]|\.\d{3}/g, '');

/** The folder that was asked for, else `_kola_temp/<platforms>-<UTC time>-<token>/` below `cwd`. */
export const placeRun = (options: {
  readonly asked: string | undefined;
  readonly cwd: string;
  readonly platforms: readonly string[];
  readonly now: number;
  readonly token: string;
}): RunPlace => {
  if (options.asked !== undefined) return { outputDir: resolve(options.cwd, options.asked) };
  const name = options.platforms.join('+');
  const base = join(options.cwd, baseFolder);
  return {
    outputDir: join(base, `${name}-${compactTime(options.now)}-${options.token}`),
    latestLink: join(base, `${name}-latest`),
  };
};

/** A path as the caller would type it: relative when it lies below `cwd`. */
export const shownPath = (path: string, cwd: string): string => {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
};
