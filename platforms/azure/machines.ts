import type { VirtualMachine } from '@azure/arm-compute';
import { faultOf } from '../../src/cloud/fault.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import type { AzureCloud } from './connect.ts';
import { groupKind } from './group.ts';

/** `group/name`. */
export const machineId = (group: string, name: string): string => `${group}/${name}`;
export const splitId = (id: string): { readonly group: string; readonly name: string } => {
  const [group = '', name = ''] = id.split('/');
  return { group, name };
};

/** The machine; undefined when there is none (any more, or yet). */
export const describeMachine = async (
  { compute, calls }: AzureCloud,
  id: string,
  signal: AbortSignal,
): Promise<VirtualMachine | undefined> => {
  const { group, name } = splitId(id);
  try {
    return await calls.call('compute virtualMachines.get', signal, own =>
      compute.virtualMachines.get(group, name, { expand: 'instanceView', abortSignal: own }),
    );
  } catch (error) {
    if (faultOf(error)?.kind === 'not-found') return undefined;
    throw error;
  }
};

export const deleteMachine = async (
  { compute, calls, lookEvery }: AzureCloud,
  id: string,
  signal: AbortSignal,
): Promise<void> => {
  const { group, name } = splitId(id);
  try {
    await calls.call('compute virtualMachines.delete', signal, async own => {
      await compute.virtualMachines.delete(group, name, {
        forceDeletion: true,
        abortSignal: own,
        updateIntervalInMs: lookEvery,
      });
    });
  } catch (error) {
    if (faultOf(error)?.kind !== 'not-found') throw error;
  }
};

/** Its disks, network card and address are deleted with it; without it they go with the group. */
const machineKind: ResourceKind<AzureCloud> = {
  kind: 'machine',
  // A machine lies in its run's group, which is what is looked for.
  list: async () => [],
  find: async (cloud, name, run, signal) => {
    for (const group of await groupKind.list(cloud, signal, run)) {
      const id = machineId(group.id, name);
      if ((await describeMachine(cloud, id, signal)) !== undefined) return [id];
    }
    return [];
  },
  destroy: (cloud, { id }, signal) => deleteMachine(cloud, id, signal),
};

/** In the order of destruction. */
export const kinds: readonly ResourceKind<AzureCloud>[] = [machineKind, groupKind];
