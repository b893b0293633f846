import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The vendors' own API descriptions, which may not lie in this repository: `KOLA_API_SPECS` names a folder that has
 * them. Undefined = nobody gave them, and the traffic is not checked; tests that need them are reported as not run.
 */
export const specsFolder = (): string | undefined => {
  const folder = process.env.KOLA_API_SPECS;
  return folder === undefined || folder === '' ? undefined : folder;
};

/** One description; a folder that was given and lacks it is a mistake. */
export const readSpec = <Spec>(name: string): Spec | undefined => {
  const folder = specsFolder();
  if (folder === undefined) return undefined;
  const path = join(folder, name);
  if (!existsSync(path)) throw new Error(`KOLA_API_SPECS: ${path} is missing`);
  return JSON.parse(readFileSync(path, 'utf8'));
};
