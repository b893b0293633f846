import { deleteFully, unsureAbout } from '../../src/cloud/delete-fully.ts';
import { faultOf } from '../../src/cloud/fault.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { foundResource, managedBy, type Tags, tagKeys } from '../../src/cloud/tags.ts';
import type { FoundResource } from '../../src/core/cloud-account.ts';
import type { AzureCloud } from './connect.ts';

/** The resource group that everything lies in; it takes everything with it. */
export const createGroup = (
  { resources, calls, location }: AzureCloud,
  what: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly tags: Tags }> =>
  owner.create('group', what, async ({ name, tags }) => {
    await calls.call(
      'arm resourceGroups.createOrUpdate',
      signal,
      own => resources.resourceGroups.createOrUpdate(name, { location, tags }, { abortSignal: own }),
      { creates: true },
    );
    return { id: name, value: { name, tags } };
  });

export const groupKind: ResourceKind<AzureCloud> = {
  kind: 'group',
  list: async ({ resources, calls }, signal, run) => {
    const filter = `tagName eq '${tagKeys.managedBy}' and tagValue eq '${managedBy}'`;
    const groups = await calls.call('arm resourceGroups.list', signal, own =>
      collect(resources.resourceGroups.list({ filter, abortSignal: own })),
    );
    return groups.flatMap(({ name, tags, properties }): readonly FoundResource[] => {
      if (name === undefined || properties?.provisioningState === 'Deleting') return [];
      const found = foundResource('group', name, tags ?? {});
      return found === undefined || (run !== undefined && found.run !== run) ? [] : [found];
    });
  },
  find: async (cloud, name, _run, signal) => ((await groupExists(cloud, name, signal)) ? [name] : []),
  destroy: async (cloud, { id, young }, signal) => {
    const unsure = unsureAbout(young, cloud.clock, 10_000);
    const limits = { every: 3000, until: 20 * 60_000, unsure };
    await deleteFully(cloud.calls, `group ${id}`, limits, signal, async () => {
      await cloud.calls.call('arm resourceGroups.delete', signal, own =>
        cloud.resources.resourceGroups.beginDeleteAndWait(id, {
          forceDeletionTypes: 'Microsoft.Compute/virtualMachines',
          abortSignal: own,
          updateIntervalInMs: cloud.lookEvery,
        }),
      );
      return undefined;
    });
  },
};

const groupExists = async (
  { resources, calls }: AzureCloud,
  name: string,
  signal: AbortSignal,
): Promise<boolean> => {
  try {
    await calls.call('arm resourceGroups.get', signal, own =>
      resources.resourceGroups.get(name, { abortSignal: own }),
    );
    return true;
  } catch (error) {
    if (faultOf(error)?.kind === 'not-found') return false;
    throw error;
  }
};

/** Adds tags to a group; those that it has stay. */
export const tagGroup = async (
  { resources, calls }: AzureCloud,
  name: string,
  more: Tags,
  signal: AbortSignal,
): Promise<void> => {
  const { tags = {} } = await calls.call('arm resourceGroups.get', signal, own =>
    resources.resourceGroups.get(name, { abortSignal: own }),
  );
  await calls.call('arm resourceGroups.update', signal, own =>
    resources.resourceGroups.update(name, { tags: { ...tags, ...more } }, { abortSignal: own }),
  );
};

/** All pages of a list. */
export const collect = async <T>(pages: AsyncIterable<T>): Promise<readonly T[]> => {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
};
