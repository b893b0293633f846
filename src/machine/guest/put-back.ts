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
  const all = paths.map(shellQuote).join(' ');
  await machine.run(
    `sudo sh -c ${shellQuote(`mkdir -m 700 ${copies} && for path in ${all}; do if [ -e "$path" ]; then cp --archive --parents "$path" ${copies}; fi; done`)}`,
  );
  const putBack = (): Promise<string> =>
    machine.run(
      `sudo sh -c ${shellQuote(`for path in ${all}; do if [ -e "${copies}$path" ]; then cp --archive "${copies}$path" "$path"; else rm -f "$path"; fi; done; rm -r ${copies}`)}`,
    );
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
