import { type ExitCode, exitCode } from '../../core/outcome.ts';
import { exportSite } from '../../dashboard/export.ts';
import { openStore } from '../../store/open.ts';
import type { CommandInput } from '../command.ts';
import { storeOf } from '../options/store.ts';
import { shownPath } from '../run-folder.ts';
import { siteFor } from './site.ts';

/** `kola dashboard export DIR`. */
export const exportDashboard = async (input: CommandInput, folder: string): Promise<ExitCode> => {
  const { settings, terminal } = input;
  const most = settings.integer('pages', 1) ?? 1;
  await using store = await openStore(storeOf(settings, terminal), { mode: 'read' });
  const { pages, left } = await exportSite(await siteFor(input, store, false), folder, most);
  const rest = left === 0 ? '' : `; ${left} more are left out (--pages=${most}), links to them are text`;
  terminal.out(`Wrote ${pages} pages to ${shownPath(folder, terminal.cwd)}${rest}`);
  return exitCode.passed;
};
