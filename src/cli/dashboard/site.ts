import { dirname, join } from 'node:path';
import { boardOf } from '../../dashboard/pages.ts';
import { createSite, type Site } from '../../dashboard/site.ts';
import type { Store } from '../../store/open.ts';
import type { CommandInput } from '../command.ts';
import { decisionsFolder, policyFile } from '../policy-files.ts';

/** The site that the options of `kola dashboard` describe. */
export const siteFor = ({ settings, terminal }: CommandInput, store: Store, embargoed: boolean): Site => {
  const file = policyFile(settings, terminal);
  const sources = {
    store,
    policyFile: file,
    waiverFolder: join(dirname(file), 'waivers'),
    decisionFolder: decisionsFolder(settings, terminal),
    embargoed,
    now: Date.now,
  };
  return createSite(sources, boardOf);
};
