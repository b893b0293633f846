import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import type { OptionSpec } from '../options/spec.ts';
import type { Setting } from './settings.ts';

const fileName = 'kola.yaml';

/** The file to read: the one asked for, else the nearest `kola.yaml` from `cwd` upwards. */
export const findSettingsFile = (cwd: string, asked: string | undefined): string | undefined => {
  if (asked !== undefined) {
    const path = resolve(cwd, asked);
    if (!existsSync(path)) throw new UsageError('no-config', `--config ${asked}: there is no such file`);
    return path;
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, fileName);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
};

/** Reads and checks the file. Its parser and schema library are loaded only when there is one. */
export const readSettingsFile = async (
  path: string,
  specs: readonly OptionSpec[],
): Promise<ReadonlyMap<string, Setting>> => {
  const { parseSettings } = await import('./yaml.ts');
  return parseSettings(readText(path), path, specs);
};

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new UsageError('no-config', `cannot read ${path}: ${problem}`, { cause: error });
  }
};
