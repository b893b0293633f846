import { z } from 'zod';
import { deleteFully, unsureAbout } from '../../src/cloud/delete-fully.ts';
import { readFactText } from '../../src/cloud/fact-text.ts';
import type { Doomed, ResourceKind } from '../../src/cloud/kinds.ts';
import { foundResource, managedBy, type Tags, tagKeys } from '../../src/cloud/tags.ts';
import type { FoundResource } from '../../src/core/cloud-account.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { Service } from './catalog.ts';
import type { OpenStackCloud } from './connect.ts';

/** A kind of resource as its API has it. */
export interface Shape {
  readonly service: Service;
  readonly path: string;
  /** Where all of them are listed with what they bear, when not at `path`. */
  readonly listPath?: string;
  /** Names of the one and of the many in requests and answers; images stand there without one. */
  readonly one?: string;
  readonly many: string;
  /** Where kola's tags are: metadata, a description, properties of the image itself, or the comment of a public key. */
  readonly facts: 'metadata' | 'description' | 'properties' | 'comment';
}

/** By kind, in the order of destruction. */
export const shapes = {
  server: {
    ...{ service: 'compute', path: '/servers', listPath: '/servers/detail', facts: 'metadata' },
    ...{ one: 'server', many: 'servers' },
  },
  volume: {
    ...{ service: 'volume', path: '/volumes', listPath: '/volumes/detail', facts: 'metadata' },
    ...{ one: 'volume', many: 'volumes' },
  },
  'floating-ip': {
    ...{ service: 'network', path: '/floatingips', facts: 'description' },
    ...{ one: 'floatingip', many: 'floatingips' },
  },
  port: { service: 'network', path: '/ports', one: 'port', many: 'ports', facts: 'description' },
  router: { service: 'network', path: '/routers', one: 'router', many: 'routers', facts: 'description' },
  subnet: { service: 'network', path: '/subnets', one: 'subnet', many: 'subnets', facts: 'description' },
  network: { service: 'network', path: '/networks', one: 'network', many: 'networks', facts: 'description' },
  keypair: { service: 'compute', path: '/os-keypairs', one: 'keypair', many: 'keypairs', facts: 'comment' },
  'security-group': {
    ...{ service: 'network', path: '/security-groups', facts: 'description' },
    ...{ one: 'security_group', many: 'security_groups' },
  },
  image: { service: 'image', path: '/images', many: 'images', facts: 'properties' },
} as const satisfies Readonly<Record<string, Shape>>;
export type KindName = keyof typeof shapes;

/** Tag of every server that kola made, and those of one run: Nova looks for them. */
export const serverTags = (run: string | undefined): readonly string[] => [
  managedBy,
  ...(run === undefined ? [] : [`${tagKeys.run}-${run}`]),
];

const item = z.looseObject({
  id: z.string().optional(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).optional(),
  public_key: z.string().optional(),
});
type Item = z.infer<typeof item>;

const keypairItem = z.object({ keypair: item }).transform(({ keypair }) => keypair);

const tagsOf = (facts: Shape['facts'], found: Item): Tags => {
  if (facts === 'metadata') return found.metadata ?? {};
  if (facts === 'description') return readFactText(found.description ?? '');
  if (facts === 'comment') return readFactText(found.public_key ?? '');
  const texts = Object.entries(found).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts);
};

const queryOf = async (
  cloud: OpenStackCloud,
  kind: KindName,
  signal: AbortSignal,
  run: string | undefined,
): Promise<Readonly<Record<string, string>>> => {
  const { service } = shapes[kind];
  if (kind === 'server') return { tags: serverTags(run).join(',') };
  const { project } = await cloud.identity(signal);
  if (kind === 'image')
    return {
      owner: project.id,
      [tagKeys.managedBy]: managedBy,
      ...(run === undefined ? {} : { [tagKeys.run]: run }),
    };
  // Administrators are shown those of all projects.
  return service === 'network' ? { project_id: project.id } : {};
};

const list = async (
  cloud: OpenStackCloud,
  kind: KindName,
  signal: AbortSignal,
  run?: string,
): Promise<readonly FoundResource[]> => {
  const { service, path, listPath = path, many, facts }: Shape = shapes[kind];
  // Not every cloud has volumes.
  if ((await cloud.address(service, signal)) === undefined) return [];
  const query = await queryOf(cloud, kind, signal, run);
  const schema: z.ZodType<Item> = kind === 'keypair' ? keypairItem : item;
  const found = await cloud.all(service, listPath, many, schema, signal, query);
  return found.flatMap(one => foundResource(kind, one.id ?? one.name ?? '', tagsOf(facts, one)) ?? []);
};

const stateSchema = z.object({
  status: z.string(),
  'OS-EXT-STS:task_state': z.string().nullish(),
});

/** Asks for what goes by and by until it is not found. */
const removeSlowly = async (
  cloud: OpenStackCloud,
  kind: 'server' | 'volume',
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { service, path, one } = shapes[kind];
  const answer = z.object({ [one]: stateSchema });
  const found = await cloud.send(service, `GET ${path}/:id`, `${path}/${id}`, answer, signal);
  const { status, 'OS-EXT-STS:task_state': task } = stateSchema.parse(found[one]);
  if (status === 'DELETED') return undefined;
  if (status === 'error_deleting')
    throw new ProvisioningError('openstack-volume', `volume ${id} could not be deleted by the cloud`);
  if (status === 'deleting' || task === 'deleting') return 'being deleted';
  // Where servers are kept for a while after their end, this one is not.
  if (status === 'SOFT_DELETED') {
    const body = { forceDelete: null };
    await cloud.send(service, 'POST forceDelete', `${path}/${id}/action`, z.unknown(), signal, { body });
  } else await cloud.send(service, `DELETE ${path}`, `${path}/${id}`, z.unknown(), signal);
  return 'being deleted';
};

const cardSchema = z.object({ id: z.string(), device_owner: z.string() });
const cardOwner = /^network:(router_interface|ha_router_replicated_interface)/;

/** A router goes when it leads nowhere. */
const unplug = async (cloud: OpenStackCloud, id: string, signal: AbortSignal): Promise<void> => {
  const cards = await cloud.all('network', '/ports', 'ports', cardSchema, signal, { device_id: id });
  for (const { id: port_id } of cards.filter(({ device_owner }) => cardOwner.test(device_owner)))
    await cloud.send(
      'network',
      'PUT remove_router_interface',
      `/routers/${id}/remove_router_interface`,
      z.unknown(),
      signal,
      { body: { port_id } },
    );
};

/** Milliseconds after which all servers of a service know a new resource. */
const unsureFor = 10_000;

const destroy = (
  cloud: OpenStackCloud,
  kind: KindName,
  { id, young }: Doomed,
  signal: AbortSignal,
): Promise<void> => {
  const { service, path } = shapes[kind];
  const limits = { every: 2000, until: 600_000, unsure: unsureAbout(young, cloud.clock, unsureFor) };
  return deleteFully(cloud.calls, `${kind} ${id}`, limits, signal, async () => {
    if (kind === 'server' || kind === 'volume') return removeSlowly(cloud, kind, id, signal);
    if (kind === 'router') await unplug(cloud, id, signal);
    const one = `${path}/${encodeURIComponent(id)}`;
    await cloud.send(service, `DELETE ${path}`, one, z.unknown(), signal);
    return undefined;
  });
};

/** The comment of a key is never written again: its run lives as long as the lease of the run's security group says. */
const keypairs = async (
  cloud: OpenStackCloud,
  signal: AbortSignal,
  run?: string,
): Promise<readonly FoundResource[]> => {
  const found = await list(cloud, 'keypair', signal, run);
  if (found.length === 0) return found;
  const groups = await list(cloud, 'security-group', signal, run);
  return found.map(key => {
    const leases = groups.filter(group => group.run === key.run).map(({ expires = 0 }) => expires);
    return key.expires === undefined ? key : { ...key, expires: Math.max(key.expires, ...leases) };
  });
};

const kindOf = (kind: KindName): ResourceKind<OpenStackCloud> => ({
  kind,
  list: (cloud, signal, run) =>
    kind === 'keypair' ? keypairs(cloud, signal, run) : list(cloud, kind, signal, run),
  destroy: (cloud, resource, signal) => destroy(cloud, kind, resource, signal),
});

// Own keys of an object literal, in its order.
export const kinds: readonly ResourceKind<OpenStackCloud>[] = (Object.keys(shapes) as KindName[]).map(kindOf);

/** The id of what bears this name in its tags. */
export const findByName = async (
  cloud: OpenStackCloud,
  kind: KindName,
  name: string,
  run: string,
  signal: AbortSignal,
): Promise<string | undefined> =>
  (await list(cloud, kind, signal, run)).find(one => one.name === name && one.run === run)?.id;
