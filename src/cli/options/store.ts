import { resolve } from 'node:path';
import { defaultStoreFile, parseStoreLocation } from '../../store/location.ts';
import type { Settings } from '../settings/settings.ts';
import type { Terminal } from '../terminal.ts';
import type { OptionSpec } from './spec.ts';

/** Paths in kola.yaml are relative to its folder; URLs and `~` stay as they are. */
const besideFile = (value: string, folder: string): string =>
  /^([a-z][a-z0-9+.-]*:|~\/|:)/.test(value) || value === noStore ? value : resolve(folder, value);

/** `--store=none`: what kola.yaml says does not count for this call. */
const noStore = 'none';

const history = 'History of results';

export const storeOption: OptionSpec = {
  name: 'store',
  value: 'file|url',
  description: 'SQLite file, or postgres://user@host/database',
  group: history,
  fromFile: besideFile,
};

export const embargoedOption: OptionSpec = {
  name: 'embargoed',
  description: 'keep these results out of exports',
  group: history,
};

/** What the gate and the dashboard judge by. */
export const policyOptions: readonly OptionSpec[] = [
  {
    name: 'policy',
    value: 'file',
    description: 'policy instead of policy/flatcar.yaml; waivers/ lies beside it',
    group: 'Policy',
    fromFile: besideFile,
  },
  {
    name: 'decisions',
    value: 'dir',
    description: 'folder of decision records; default: decisions/ beside the policy',
    group: 'Policy',
    fromFile: besideFile,
  },
];

/** The store that results go into by themselves: only one that somebody named. */
export const configuredStore = (settings: Settings): string | undefined => {
  const where = settings.text('store');
  if (where === undefined || where === noStore) return undefined;
  parseStoreLocation(where);
  return where;
};

/** The store that is asked for, else the user's own one. */
export const storeOf = (settings: Settings, terminal: Terminal): string =>
  configuredStore(settings) ?? defaultStoreFile(terminal.env);
