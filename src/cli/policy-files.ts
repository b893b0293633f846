import { dirname, join, resolve } from 'node:path';
import { packageRoot } from '../core/package-root.ts';
import { type LoadedPolicy, loadPolicy } from '../gate/policy/load.ts';
import { loadWaivers, type Waiver } from '../gate/waiver.ts';
import type { Settings } from './settings/settings.ts';
import type { Terminal } from './terminal.ts';

/** The reviewed files of a policy: waivers and decisions lie beside it. */
export interface PolicyFiles {
  readonly policy: LoadedPolicy;
  readonly waivers: readonly Waiver[];
}

export const policyFile = (settings: Settings, { cwd }: Terminal): string => {
  const asked = settings.text('policy');
  return asked === undefined ? join(packageRoot(), 'policy', 'flatcar.yaml') : resolve(cwd, asked);
};

/** Folder of the decision records: `--decisions`, else beside the policy. */
export const decisionsFolder = (settings: Settings, terminal: Terminal): string => {
  const asked = settings.text('decisions');
  return asked === undefined
    ? join(dirname(policyFile(settings, terminal)), 'decisions')
    : resolve(terminal.cwd, asked);
};

/** Reads and checks policy and waivers. Throws UsageError with file, line and column of what is wrong. */
export const loadPolicyFiles = async (settings: Settings, terminal: Terminal): Promise<PolicyFiles> => {
  const file = policyFile(settings, terminal);
  return { policy: await loadPolicy(file), waivers: await loadWaivers(join(dirname(file), 'waivers')) };
};
