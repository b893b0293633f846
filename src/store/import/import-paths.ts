import type { KolaError } from '../../core/errors.ts';
import type { Store } from '../open.ts';
import type { ForeignHints, ImportFormat } from './files.ts';
import { type FoldedPath, foldPaths } from './fold-paths.ts';
import type { FoldedRun } from './folded.ts';
import { type ImportedRun, importRuns } from './import-run.ts';

export type ImportedPath =
  | { readonly path: string; readonly done: ImportedRun }
  | { readonly path: string; readonly error: KolaError };

/** Runs written together: they share transactions, and not too many fit into memory. */
const together = 150;

/** Imports many paths, several in one transaction, and says of each what became of it, in their order. */
export async function* importPaths(
  store: Store,
  paths: readonly string[],
  hints: ForeignHints,
  now: () => number,
  format?: ImportFormat,
): AsyncGenerator<ImportedPath> {
  let batch: FoldedPath[] = [];
  for await (const folded of foldPaths(paths, hints, format)) {
    batch.push(folded);
    if (batch.length < together) continue;
    yield* await writeBatch(store, batch, now());
    batch = [];
  }
  yield* await writeBatch(store, batch, now());
}

const writeBatch = async (
  store: Store,
  batch: readonly FoldedPath[],
  now: number,
): Promise<ImportedPath[]> => {
  const runs = batch.flatMap((one): FoldedRun[] => ('run' in one ? [one.run] : []));
  const answers = (await importRuns(store, runs, now)).values();
  return batch.flatMap((one): ImportedPath[] => {
    if ('error' in one) return [one];
    const answer = answers.next().value;
    if (answer === undefined) return [];
    return answer.change === 'refused'
      ? [{ path: one.path, error: answer.error }]
      : [{ path: one.path, done: answer }];
  });
};
