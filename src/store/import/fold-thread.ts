import { parentPort } from 'node:worker_threads';
import { KolaError } from '../../core/errors.ts';
import { type ForeignHints, foldPath, type ImportFormat } from './files.ts';
import { type PackedRun, packRun } from './packed-run.ts';

/** What a thread is asked: one path to read, check and fold. */
export interface FoldTask {
  readonly path: string;
  readonly hints: ForeignHints;
  readonly format?: ImportFormat;
}

/** Its answer, in the order of the questions. Errors lose their class on the way. */
export type FoldAnswer =
  | { readonly packed: PackedRun }
  | { readonly refused: { readonly code: string; readonly message: string; readonly hint?: string } }
  | { readonly failed: string };

const answerOf = async ({ path, hints, format }: FoldTask): Promise<FoldAnswer> => {
  try {
    return { packed: packRun(await foldPath(path, hints, format)) };
  } catch (error) {
    if (!(error instanceof KolaError))
      return { failed: error instanceof Error ? error.message : String(error) };
    const { code, message, hint } = error;
    return { refused: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
};

let last = Promise.resolve();
parentPort?.on('message', (task: FoldTask) => {
  last = last.then(async () => parentPort?.postMessage(await answerOf(task)));
});
