import { deleteFully } from '../../src/cloud/delete-fully.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import { foundResource, managedBy, tagKeys } from '../../src/cloud/tags.ts';
import type { MetalCloud } from './connect.ts';
import { tagsOf } from './metal-tags.ts';

type Kind = ResourceKind<MetalCloud>;

/** States in which a device costs nothing and does not come back. */
export const isOver = (state: string): boolean => state === 'deprovisioning' || state === 'deleted';

/** A device that is being provisioned refuses for some minutes. */
const deleteIt = (
  { calls }: MetalCloud,
  what: string,
  action: string,
  remove: (signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> =>
  deleteFully(calls, what, { every: 10_000, until: 900_000 }, signal, async () => {
    await calls.call(action, signal, remove);
    return undefined;
  });

/** A machine's claim on a device of the pool. It exists in this process alone. */
const reservation: Kind = {
  kind: 'reservation',
  list: async () => [],
  find: async () => [],
  destroy: async ({ pool }, { id }) => pool.giveBack(id),
};

const device: Kind = {
  kind: 'device',
  list: async ({ api, calls }, signal, run) => {
    const tag = run === undefined ? `${tagKeys.managedBy}=${managedBy}` : `${tagKeys.run}=${run}`;
    const found = await calls.call('metal ListDevices', signal, own => api.devices(own, tag));
    return found
      .filter(({ state }) => !isOver(state))
      .flatMap(({ id, tags }) => foundResource('device', id, tagsOf(tags)) ?? []);
  },
  destroy: async (cloud, { id }, signal) => {
    cloud.pool.forget(id);
    await deleteIt(
      cloud,
      `device ${id}`,
      'metal DeleteDevice',
      own => cloud.api.deleteDevice(id, own),
      signal,
    );
  },
};

const sshKey: Kind = {
  kind: 'ssh-key',
  list: async ({ api, calls }, signal) => {
    const found = await calls.call('metal ListSshKeys', signal, own => api.keys(own));
    return found.flatMap(({ id, tags }) => foundResource('ssh-key', id, tagsOf(tags)) ?? []);
  },
  destroy: (cloud, { id }, signal) =>
    deleteIt(cloud, `SSH key ${id}`, 'metal DeleteSshKey', own => cloud.api.deleteKey(id, own), signal),
};

/** In the order of destruction. */
export const kinds: readonly Kind[] = [reservation, device, sshKey];
