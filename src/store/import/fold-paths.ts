import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { HarnessError, KolaError, UsageError } from '../../core/errors.ts';
import { type ForeignHints, foldPath, type ImportFormat } from './files.ts';
import type { FoldAnswer, FoldTask } from './fold-thread.ts';
import type { FoldedRun } from './folded.ts';
import { unpackRun } from './packed-run.ts';

/** One path that was read, or why not. */
export type FoldedPath =
  | { readonly path: string; readonly run: FoldedRun }
  | { readonly path: string; readonly error: KolaError };

/** Starting a thread costs more than reading so few runs. */
const worthThreads = 8;
/** Paths that a thread has before it is asked for their answers: it need not wait for the database. */
const ahead = 40;

/**
 * Reads, checks and folds paths, in their order; many of them with a thread for each processor, as checking events
 * costs more than storing them. What is wrong with one path holds up no other.
 */
export async function* foldPaths(
  paths: readonly string[],
  hints: ForeignHints,
  format?: ImportFormat,
): AsyncGenerator<FoldedPath> {
  if (paths.length < worthThreads) {
    for (const path of paths) yield await foldHere(path, hints, format);
    return;
  }
  const threads = Array.from({ length: availableParallelism() }, startThread);
  try {
    const answers: Promise<FoldAnswer>[] = [];
    for (const [index, path] of paths.entries()) {
      const most = Math.min(paths.length, index + ahead * threads.length);
      for (let next = answers.length; next < most; next++) {
        const thread = threads[next % threads.length] ?? startThread();
        answers.push(thread.ask({ path: paths[next] ?? '', hints, ...(format && { format }) }));
      }
      const answer = await answers[index];
      if (answer !== undefined) yield restored(path, answer);
      delete answers[index];
    }
  } finally {
    await Promise.all(threads.map(thread => thread.stop()));
  }
}

const foldHere = async (path: string, hints: ForeignHints, format?: ImportFormat): Promise<FoldedPath> => {
  try {
    return { path, run: await foldPath(path, hints, format) };
  } catch (error) {
    return { path, error: error instanceof KolaError ? error : unreadable(path, error) };
  }
};

const unreadable = (path: string, error: unknown): KolaError =>
  new HarnessError(
    'import-unreadable',
    `${path} cannot be read: ${error instanceof Error ? error.message : error}`,
    {
      cause: error,
    },
  );

const restored = (path: string, answer: FoldAnswer): FoldedPath => {
  if ('packed' in answer) return { path, run: unpackRun(answer.packed) };
  if ('failed' in answer) return { path, error: unreadable(path, answer.failed) };
  const { code, message, hint } = answer.refused;
  return { path, error: new UsageError(code, message, hint === undefined ? {} : { hint }) };
};

interface Thread {
  /** Answers come in the order of the questions. */
  ask(task: FoldTask): Promise<FoldAnswer>;
  stop(): Promise<unknown>;
}

/** MiB: events live for a moment; with little room they are copied about before they die. */
const youngSpace = 64;

const startThread = (): Thread => {
  const worker = new Worker(new URL(`./fold-thread${extname(import.meta.url)}`, import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: youngSpace },
  });
  const waiting: PromiseWithResolvers<FoldAnswer>[] = [];
  worker.on('message', (answer: FoldAnswer) => waiting.shift()?.resolve(answer));
  worker.on('error', error => {
    for (const one of waiting.splice(0)) one.reject(error);
  });
  return {
    ask: task => {
      const answer = Promise.withResolvers<FoldAnswer>();
      // Whoever waits for it is told; nobody may be waiting yet.
      answer.promise.catch(() => {});
      waiting.push(answer);
      worker.postMessage(task);
      return answer.promise;
    },
    stop: () => worker.terminate(),
  };
};
