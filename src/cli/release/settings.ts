import { join, resolve } from 'node:path';
import { packageRoot } from '../../core/package-root.ts';
import { loadMatrix, type Matrix } from '../../gate/policy/matrix.ts';
import type { OptionSpec } from '../options/spec.ts';
import type { Settings } from '../settings/settings.ts';
import type { Terminal } from '../terminal.ts';

const group = 'Release';

/** What is released, and where it is tested: for `kola plan` and `kola release`. */
export const placeOptions: readonly OptionSpec[] = [
  { name: 'channel', value: 'name', description: 'channel or LTS stream of the policy', group },
  { name: 'version', value: 'version', description: 'such as 4459.2.1, a nightly, or current', group },
  {
    name: 'platform',
    short: 'p',
    value: 'name',
    list: true,
    description: 'only these; default: all that the policy has for the channel',
    group,
  },
  {
    name: 'arch',
    aliases: ['board'],
    value: 'amd64|arm64',
    list: true,
    description: 'only these; default: all that the policy has',
    group,
  },
  {
    name: 'matrix',
    value: 'file',
    description: 'machine types, quotas and limits instead of policy/matrix.yaml',
    group,
    fromFile: (value, folder) => resolve(folder, value),
  },
];

export const matrixOf = (settings: Settings, { cwd }: Terminal): Promise<Matrix> => {
  const asked = settings.text('matrix');
  return loadMatrix(asked === undefined ? join(packageRoot(), 'policy', 'matrix.yaml') : resolve(cwd, asked));
};
