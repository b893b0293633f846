import { ScenarioError } from '../core/errors.ts';
import type { ImageManifest } from '../core/image.ts';
import type { Scenario } from '../core/scenario.ts';
import type { UserData } from '../core/user-data.ts';

/**
 * The user-data of a machine, with the kernel arguments without which this image would not have what the scenario
 * needs. Throws ScenarioError `kernel-arguments` when they cannot be said in it.
 */
export const withBootOption = (
  own: UserData,
  { name, needs }: Pick<Scenario, 'name' | 'needs'>,
  { selinux }: Pick<ImageManifest, 'selinux'>,
): UserData => {
  const wanted = selinux.kernelArguments;
  if (wanted === undefined || needs.capabilities?.includes('selinux') !== true) return own;
  if (own.kind !== 'default' && own.kind !== 'ignition')
    throw new ScenarioError(
      'kernel-arguments',
      `${name} needs ${wanted.join(' ')} on the kernel command line, which user-data of the kind ${own.kind} cannot ask for`,
    );
  const config = own.kind === 'ignition' ? own.config : {};
  const shouldExist = [...(config.kernelArguments?.shouldExist ?? []), ...wanted];
  const kernelArguments = { ...config.kernelArguments, shouldExist };
  return { ...own, kind: 'ignition', config: { ...config, kernelArguments } };
};
