import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../core/errors.ts';
import { type ReleaseFacts, releaseFactsSchema } from '../core/release-facts.ts';
import { joinFacts } from '../store/join-facts.ts';
import type { Terminal } from './terminal.ts';

/** What `kola release` found out about the images, in a run folder of its own. */
export const factsFile = 'release-facts.json';

/**
 * Joins the facts that lie in run folders, which `kola import release` takes. Undefined when none does, or when the runs
 * are of several releases. Throws when they contradict each other.
 */
export const factsOfFolders = async (
  folders: readonly string[],
  terminal: Terminal,
): Promise<ReleaseFacts | undefined> => {
  const files = folders.map(folder => join(folder, factsFile)).filter(file => existsSync(file));
  const all = await Promise.all(files.map(readFacts));
  const releases = new Set(all.map(({ channel, version }) => `${channel} ${version}`));
  if (releases.size > 1)
    terminal.err(`Left out ${factsFile}: the runs are of ${[...releases].join(' and ')}`);
  return releases.size === 1 ? joinFacts(all) : undefined;
};

export const leaveFacts = async (folder: string, facts: ReleaseFacts | undefined): Promise<void> => {
  if (facts !== undefined) await writeFile(join(folder, factsFile), `${JSON.stringify(facts, null, 2)}\n`);
};

const readFacts = async (file: string): Promise<ReleaseFacts> => {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError('facts-corrupt', `${file} cannot be read: ${String(error)}`, { cause: error });
  }
  const parsed = releaseFactsSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(
    'facts-invalid',
    `${file}: expected the facts of a release: ${issue?.path.map(String).join('.') || 'whole file'}: ${issue?.message ?? ''}`,
  );
};
