import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { importPath } from '../store/import/files.ts';
import type { Store } from '../store/open.ts';
import { repeat } from './news.ts';

const lookEvery = 2000;

/**
 * Imports a run folder as it is being written. An import goes as far as the log does and the next one adds the rest,
 * so every view follows the run. Ends with the signal; a folder that is not there yet is waited for.
 */
export const followRun = (
  store: Store,
  folder: string,
  signal: AbortSignal,
  onError: (error: unknown) => void,
  every = lookEvery,
): void => {
  let seen = -1;
  const step = async (): Promise<void> => {
    const size = (await stat(join(folder, 'events.ndjson')).catch(() => undefined))?.size ?? 0;
    if (size === 0 || size === seen) return;
    // Remembered before the import: a log that is refused is told once, and tried again only when it has grown.
    seen = size;
    await importPath(store, folder, {}, Date.now(), 'kola');
  };
  repeat(step, every, signal, onError);
};
