import { randomBytes } from 'node:crypto';
import type { Machine } from '../../core/machine.ts';
import { shellQuote } from '../ssh/quote.ts';

/**
 * Runs `body` and puts the files back as they were, with owner, mode and label, whatever it came to. A file that is
 * not there yet is removed again. For scenarios that share a machine (`share: { changes: … }`).
 */
export const keepingFiles = async <T>(
  machine: Machine,
  paths: readonly string[],
  body: () => Promise<T>,
): Promise<T> => {
  const copies = `/run/kola-kept-${randomBytes(6).toString('hex')}`;
  const named = paths.map((path, index) => ({ path: shellQuote(path), copy: `${copies}/${index}` }));
  const asRoot = (lines: readonly string[]): Promise<string> =>
    machine.run(`sudo sh -c ${shellQuote(['set -e', ...lines].join('\n'))}`);
  await asRoot([
    `mkdir -m 700 ${copies}`,
    ...named.map(({ path, copy }) => `if [ -e ${path} ]; then cp --archive ${path} ${copy}; fi`),
  ]);
  const putBack = (): Promise<string> =>
    asRoot([
      ...named.map(
        ({ path, copy }) => `if [ -e ${copy} ]; then cp --archive ${copy} ${path}; else rm -f ${path}; fi`,
      ),
      `rm -r ${copies}`,
    ]);
  let value: T;
  try {
    value = await body();
  } catch (error) {
    // The first trouble is the one to tell.
    await putBack().catch(() => undefined);
    throw error;
  }
  await putBack();
  return value;
};
