import { deleteFully, unsureAbout } from '../../src/cloud/delete-fully.ts';
import type { ResourceKind } from '../../src/cloud/kinds.ts';
import { foundResource, managedBy, type Tags, tagKeys } from '../../src/cloud/tags.ts';
import type { FoundResource } from '../../src/core/cloud-account.ts';
import {
  type Disk,
  type Firewall,
  type Image,
  type Instance,
  type Labels,
  lastPart,
  type Operation,
} from './api.ts';
import { bucketKind } from './bucket.ts';
import type { GceCloud } from './connect.ts';
import { compute, finish, listAll, listZones } from './requests.ts';

type Kind = ResourceKind<GceCloud>;

/** Milliseconds after which a new resource is known everywhere. */
const unsureFor = 20_000;

/** What is in a zone is named with it: the same name may be taken in several. */
export const zonal = (zone: string, name: string): string => `${zone}/${name}`;
export const splitZonal = (id: string): { readonly zone: string; readonly name: string } => {
  const [zone = '', name = ''] = id.split('/');
  return { zone, name };
};

const filterOf = (run: string | undefined): { readonly filter: string } => {
  const ours = `labels.${tagKeys.managedBy}=${managedBy}`;
  return { filter: run === undefined ? ours : `(${ours}) (labels.${tagKeys.run}=${run})` };
};

const found = (kind: string, id: string, labels: Labels | null | undefined): readonly FoundResource[] => {
  const resource = foundResource(kind, id, labels ?? {});
  return resource === undefined ? [] : [resource];
};

interface KindSpec {
  readonly kind: string;
  readonly service: 'instances' | 'disks' | 'images' | 'firewalls';
  readonly list: Kind['list'];
  /** Names the resource in requests. */
  readonly address: (id: string) => object;
}

/** Deleting is repeated while something that is going still needs the resource. */
const kindOf = ({ kind, service, list, address }: KindSpec): Kind => ({
  kind,
  list,
  destroy: (cloud, { id, young }, signal) => {
    const limits = { every: 3000, until: 600_000, unsure: unsureAbout(young, cloud.clock, unsureFor) };
    return deleteFully(cloud.calls, id, limits, signal, async () => {
      const begun = await compute<Operation>(cloud, service, 'delete', address(id), signal);
      await finish(cloud, `compute ${service}.delete`, begun, signal);
      return undefined;
    });
  },
});

/** In the order of destruction. */
export const kinds: readonly Kind[] = [
  kindOf({
    kind: 'instance',
    service: 'instances',
    list: async (cloud, signal, run) =>
      (await listZones<Instance>(cloud, 'instances', filterOf(run), signal)).flatMap(
        ({ name, zone, labels }) => found('instance', zonal(lastPart(zone), name ?? ''), labels),
      ),
    address: id => {
      const { zone, name } = splitZonal(id);
      return { zone, instance: name };
    },
  }),
  kindOf({
    // They go with their instance; only what lies about unattached was left behind.
    kind: 'disk',
    service: 'disks',
    list: async (cloud, signal, run) =>
      (await listZones<Disk>(cloud, 'disks', filterOf(run), signal))
        .filter(({ users }) => (users ?? []).length === 0)
        .flatMap(({ name, zone, labels }) => found('disk', zonal(lastPart(zone), name ?? ''), labels)),
    address: id => {
      const { zone, name } = splitZonal(id);
      return { zone, disk: name };
    },
  }),
  kindOf({
    kind: 'image',
    service: 'images',
    list: async (cloud, signal, run) =>
      (await listAll<Image>(cloud, 'images', filterOf(run), signal)).flatMap(({ name, labels }) =>
        found('image', name ?? '', labels),
      ),
    address: image => ({ image }),
  }),
  kindOf({
    kind: 'firewall',
    service: 'firewalls',
    list: async (cloud, signal, run) =>
      (
        await listAll<Firewall>(cloud, 'firewalls', { filter: `name eq kola-${run ?? ''}.*` }, signal)
      ).flatMap(({ name, description }) => found('firewall', name ?? '', readDescription(description))),
    address: firewall => ({ firewall }),
  }),
  bucketKind,
];

/** Firewall rules have no labels: the tags are their description. */
export const describeTags = (tags: Tags): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

export const readDescription = (text: string | null | undefined): Labels =>
  Object.fromEntries(
    (text ?? '').split(' ').flatMap(pair => {
      const at = pair.indexOf('=');
      return at > 0 ? [[pair.slice(0, at), pair.slice(at + 1)] as const] : [];
    }),
  );
