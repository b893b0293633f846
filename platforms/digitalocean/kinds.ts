import { z } from 'zod';
import { deleteFully } from '../../src/cloud/delete-fully.ts';
import { readFactText } from '../../src/cloud/fact-text.ts';
import { faultOf } from '../../src/cloud/fault.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import { foundResource, tagKeys } from '../../src/cloud/tags.ts';
import type { FoundResource } from '../../src/core/cloud-account.ts';
import type { DoCloud } from './connect.ts';
import { leasesByRun, runOf, runTag } from './run-tags.ts';
import { droplet, firewall, image, sshKey, tag } from './schemas.ts';
import { spacesObject } from './spaces.ts';

type Kind = ResourceKind<DoCloud>;

const tagNames = async (cloud: DoCloud, signal: AbortSignal): Promise<readonly string[]> =>
  (await cloud.all('/tags', 'tags', tag, signal)).map(({ name }) => name);

const goneWhen = (cloud: DoCloud, what: string, signal: AbortSignal, remove: () => Promise<unknown>) =>
  deleteFully(cloud.calls, what, { every: 3000, until: 600_000 }, signal, async () => {
    await remove();
    return undefined;
  });

const empty = z.unknown();

const dropletKind: Kind = {
  kind: 'droplet',
  list: async (cloud, signal) => {
    const runs = leasesByRun(await tagNames(cloud, signal));
    const droplets = await cloud.all('/droplets', 'droplets', droplet, signal);
    return droplets.flatMap(({ id, name, tags }) => {
      const run = tags.map(runOf).find(one => one !== undefined);
      if (run === undefined) return [];
      return foundResource('droplet', String(id), { ...runs.get(run), [tagKeys.name]: name }) ?? [];
    });
  },
  find: async (cloud, name, run, signal) => {
    const droplets = await cloud.all('/droplets', 'droplets', droplet, signal);
    return droplets
      .filter(one => one.name === name && one.tags.includes(runTag(run)))
      .map(({ id }) => String(id));
  },
  destroy: async (cloud, { id }, signal) => {
    await goneWhen(cloud, `droplet ${id}`, signal, () =>
      cloud.library('deleteDroplet', empty, signal, client => client.droplets.deleteDroplet(Number(id))),
    );
    const limits = { every: 3000, until: 600_000 };
    await cloud.calls.eventually(`droplet ${id} to be gone`, limits, signal, async () => {
      try {
        const { status } = await cloud.library('getExistingDroplet', droplet, signal, client =>
          client.droplets.getExistingDroplet(Number(id)),
        );
        return { pending: status };
      } catch (error) {
        if (faultOf(error)?.kind !== 'not-found') throw error;
        return { done: undefined };
      }
    });
  },
};

/** Its name is that of the ledger: `kola-RUN-firewall`. */
const firewallKind: Kind = {
  kind: 'firewall',
  list: async (cloud, signal) => {
    const runs = leasesByRun(await tagNames(cloud, signal));
    const firewalls = await cloud.all('/firewalls', 'firewalls', firewall, signal);
    return firewalls.flatMap(({ id, name }) => {
      const run = /^kola-([a-z0-9]+)-/.exec(name)?.[1];
      if (run === undefined) return [];
      return foundResource('firewall', id, { ...runs.get(run), [tagKeys.name]: name }) ?? [];
    });
  },
  find: async (cloud, name, _run, signal) =>
    (await cloud.all('/firewalls', 'firewalls', firewall, signal))
      .filter(one => one.name === name)
      .map(({ id }) => id),
  destroy: (cloud, { id }, signal) =>
    goneWhen(cloud, `firewall ${id}`, signal, () =>
      cloud.library('deleteFirewall', empty, signal, client => client.firewalls.deleteFirewall(id)),
    ),
};

/** Its description holds what tags would. */
const imageKind: Kind = {
  kind: 'image',
  list: async (cloud, signal) => {
    const images = await cloud.all('/images?private=true', 'images', image, signal);
    return images.flatMap(
      ({ id, description }) => foundResource('image', String(id), readFactText(description ?? '')) ?? [],
    );
  },
  destroy: (cloud, { id }, signal) =>
    goneWhen(cloud, `image ${id}`, signal, () =>
      cloud.library('deleteImage', empty, signal, client => client.images.deleteImage(Number(id))),
    ),
};

/** Its name holds what tags would. */
const keyKind: Kind = {
  kind: 'ssh-key',
  list: async (cloud, signal) => {
    const keys = await cloud.all('/account/keys', 'ssh_keys', sshKey, signal);
    return keys.flatMap(({ id, name }) => foundResource('ssh-key', String(id), readFactText(name)) ?? []);
  },
  destroy: (cloud, { id }, signal) =>
    goneWhen(cloud, `key ${id}`, signal, () =>
      cloud.library('deleteKey', empty, signal, client => client.ssh.deleteKey(id)),
    ),
};

/** Both tags of a run are one resource, named like the one that stays. */
const tagKind: Kind = {
  kind: 'tag',
  list: async (cloud, signal): Promise<readonly FoundResource[]> => {
    const runs = leasesByRun(await tagNames(cloud, signal));
    return [...runs].flatMap(([run, tags]) => foundResource('tag', runTag(run), tags) ?? []);
  },
  find: async (_cloud, _name, run) => [runTag(run)],
  destroy: async (cloud, { id }, signal) => {
    const run = runOf(id);
    const own = (await tagNames(cloud, signal)).filter(name => runOf(name) === run);
    // The lease goes last: without it nobody would know how old the other one is.
    for (const name of own.toSorted().reverse())
      await goneWhen(cloud, `tag ${name}`, signal, () =>
        cloud.library('deleteTag', empty, signal, client => client.tags.deleteTag(encodeURIComponent(name))),
      );
  },
};

/** In the order of destruction: the tags last, as they say whose the rest is. */
export const kinds: readonly Kind[] = [dropletKind, firewallKind, imageKind, keyKind, spacesObject, tagKind];
