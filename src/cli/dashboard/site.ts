import { dirname, join } from 'node:path';
import { boardOf } from '../../dashboard/pages.ts';
import { createSite, type Site } from '../../dashboard/site.ts';
import type { Store } from '../../store/open.ts';
import type { CommandInput } from '../command.ts';
import { decisionsFolder, policyFile } from '../policy-files.ts';
import { loadPrices } from './prices.ts';

/** The site that the options of `kola dashboard` describe. */
export const siteFor = async (
  { settings, terminal }: CommandInput,
  store: Store,
  embargoed: boolean,
): Promise<Site> => {
  const file = policyFile(settings, terminal);
  const sources = {
    store,
    policyFile: file,
    waiverFolder: join(dirname(file), 'waivers'),
    decisionFolder: decisionsFolder(settings, terminal),
    embargoed,
    now: Date.now,
    hourly: await loadPrices(),
  };
  return createSite(sources, boardOf);
};
