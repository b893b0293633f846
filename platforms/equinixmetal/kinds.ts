import { faultOf } from '../../src/cloud/fault.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import { foundResource, managedBy, tagKeys } from '../../src/cloud/tags.ts';
import type { MetalCloud } from './connect.ts';
import { tagsOf } from './metal-tags.ts';

type Kind = ResourceKind<MetalCloud>;

/** States in which a device costs nothing and does not come back. */
export const isOver = (state: string): boolean => state === 'deprovisioning' || state === 'deleted';

/** Deletes until it is not there; a device that is being provisioned refuses for some minutes. */
const deleteFully = (
  { calls }: MetalCloud,
  what: string,
  action: string,
  remove: (signal: AbortSignal) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> =>
  calls.eventually(`${what} to be deleted`, { every: 10_000, until: 900_000 }, signal, async () => {
    try {
      await calls.call(action, signal, remove);
      return { done: undefined };
    } catch (error) {
      const fault = faultOf(error);
      if (fault?.kind === 'not-found') return { done: undefined };
      if (fault?.kind !== 'busy') throw error;
      return { pending: fault.message };
    }
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
    await deleteFully(
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
    deleteFully(cloud, `SSH key ${id}`, 'metal DeleteSshKey', own => cloud.api.deleteKey(id, own), signal),
};

/** In the order of destruction. */
export const kinds: readonly Kind[] = [reservation, device, sshKey];
