import { plural } from '../../reports/printable.ts';
import { explainError } from './explain-error.ts';
import { shownPath } from './run-folder.ts';
import type { Terminal } from './terminal.ts';

/**
 * Puts a run that has just ended into the history. The run's verdict stands when that fails: its folder has everything,
 * and can be imported later.
 */
export const importRunFolder = async (
  runDir: string,
  where: string,
  embargoed: boolean,
  terminal: Terminal,
): Promise<void> => {
  try {
    const [{ openStore }, { importPath }] = await Promise.all([
      import('../store/open.ts'),
      import('../store/import/files.ts'),
    ]);
    await using store = await openStore(where);
    const done = await importPath(store, runDir, { embargoed }, Date.now());
    terminal.err(`Imported run ${done.run} into ${store.shown}: ${plural(done.results, 'result')}`);
  } catch (error) {
    const { lines } = explainError(error, terminal.env.KOLA_DEBUG === '1');
    for (const line of lines) terminal.err(line);
    terminal.err(
      `      the results are not in the history; later: kola import ${shownPath(runDir, terminal.cwd)}`,
    );
  }
};
