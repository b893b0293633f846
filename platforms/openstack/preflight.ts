import { z } from 'zod';
import { faultOf } from '../../src/cloud/fault.ts';
import { hourlyPrice } from '../../src/cloud/prices.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { CapacityError, UsageError } from '../../src/core/errors.ts';
import type { MachineSize } from '../../src/core/platform.ts';
import type { Arch } from '../../src/core/target.ts';
import { novaVersion, type OpenStackCloud } from './connect.ts';
import { findImage } from './image.ts';
import { findNetwork, findPool, type Network } from './network.ts';

const flavorSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** MiB. */
  ram: z.number(),
  vcpus: z.number(),
  /** GiB; 0 = it has none of its own. */
  disk: z.number(),
});
export type Flavor = z.infer<typeof flavorSchema>;

export interface Wish {
  readonly arch: Arch;
  readonly flavors: readonly string[];
  readonly network: string | undefined;
  readonly image: string | undefined;
  readonly machines: number | undefined;
}

export interface Examined {
  readonly report: PreflightReport;
  readonly flavors: readonly Flavor[];
  /** The least that the flavors have. */
  readonly size: MachineSize;
  /** Machines that the quota has room for. */
  readonly room: number | undefined;
  /** Undefined = one is made for the run. */
  readonly network: Network | undefined;
  /** Where floating IPs come from; undefined = machines have none. */
  readonly pool: Network | undefined;
}

/** Credentials, services, flavors, networks, image and quota. Nothing is created. */
export const examineProject = async (
  cloud: OpenStackCloud,
  wish: Wish,
  signal: AbortSignal,
): Promise<Examined> => {
  const { user, project } = await cloud.identity(signal);
  await checkVersion(cloud, signal);
  const flavors = await findFlavors(cloud, wish.flavors, signal);
  const network = wish.network === undefined ? undefined : await findNetwork(cloud, wish.network, signal);
  const pool =
    network !== undefined && cloud.floatingIpPool === undefined
      ? undefined
      : await findPool(cloud, cloud.floatingIpPool, signal);
  if (wish.image !== undefined) await findImage(cloud, wish.image, wish.arch, signal);
  const room = await roomFor(cloud, flavors, pool !== undefined, signal);
  const why = room === undefined ? 'the quota has no limits' : `the quota has room for ${room} machines`;
  const volumes = (await cloud.address('volume', signal)) !== undefined;
  const hourly = hourlyPrice('openstack', wish.flavors[0] ?? '', wish.machines ?? 1);
  const many = wish.machines === undefined ? '' : `, up to ${wish.machines} at once`;
  const region = cloud.region === undefined ? '' : `, region ${cloud.region}`;
  return {
    flavors,
    size: {
      memoryMiB: Math.min(...flavors.map(({ ram }) => ram)),
      vcpus: Math.min(...flavors.map(({ vcpus }) => vcpus)),
    },
    room,
    network,
    pool,
    report: {
      identity: `user ${user} in project ${project.name} at ${cloud.endpoint}${region}`,
      creates: [
        ...(wish.image === undefined ? ['an image, unless it was uploaded before'] : []),
        network === undefined
          ? `a network with a router to ${pool?.name}, a security group and a key pair`
          : `a security group and a key pair, for machines on ${network.name}`,
        `${flavors.map(({ name }) => name).join(' or ')} servers${many}, each with a port${pool === undefined ? '' : ` and a floating IP of ${pool.name}`}`,
      ],
      ...(hourly === undefined ? {} : { hourly }),
      ...(room === undefined ? {} : { room: { machines: room, why } }),
      notes: [
        why,
        ...(volumes ? [] : ['the cloud has no volumes: disks have the size that the flavor gives them']),
        'flavors do not say for which architecture they are, and permissions are not tried before they are needed',
      ],
    },
  };
};

const versionSchema = z.object({ version: z.object({ version: z.string(), min_version: z.string() }) });

/** `2.52` → 52. The first number has been 2 for ten years. */
const minor = (text: string): number => Number(text.split('.')[1] ?? 0);

const checkVersion = async (cloud: OpenStackCloud, signal: AbortSignal): Promise<void> => {
  const address = (await cloud.address('compute', signal)) ?? '';
  // Older catalogs have the project behind the version.
  const root = address.replace(/(\/v2(\.\d+)?)\/.*$/, '$1');
  const path = root === '' ? '' : `${root}/`;
  // Asked for in the oldest version, since a newer one may not be known.
  const headers = { 'openstack-api-version': 'compute 2.1' };
  const { version } = await cloud.send('compute', 'GET /', path, versionSchema, signal, { headers });
  if (minor(version.version) < minor(novaVersion))
    throw new UsageError(
      'openstack-version',
      `expected Nova with microversion ${novaVersion}, found ${version.min_version} to ${version.version}`,
      { hint: 'clouds since Pike (2017) have it' },
    );
};

const findFlavors = async (
  cloud: OpenStackCloud,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<readonly Flavor[]> => {
  const offered = await cloud.all('compute', '/flavors/detail', 'flavors', flavorSchema, signal);
  return wanted.map(wish => {
    const found = offered.find(({ name }) => name === wish) ?? offered.find(({ id }) => id === wish);
    if (found !== undefined) return found;
    const names = offered.slice(0, 12).map(({ name }) => name);
    const more = offered.length > names.length ? ' …' : '';
    throw new UsageError(
      'openstack-flavor',
      `the cloud has no flavor ${wish}, but ${names.join(', ') || 'none'}${more}`,
      { hint: 'choose another with --openstack-flavor' },
    );
  });
};

const limitsSchema = z.object({
  limits: z.object({
    absolute: z.object({
      maxTotalInstances: z.number(),
      totalInstancesUsed: z.number(),
      maxTotalCores: z.number(),
      totalCoresUsed: z.number(),
      maxTotalRAMSize: z.number(),
      totalRAMUsed: z.number(),
    }),
  }),
});

const addressesSchema = z.object({
  quota: z.object({ floatingip: z.object({ limit: z.number(), used: z.number(), reserved: z.number() }) }),
});

/** Machines of the largest flavor that the quotas have room for; -1 in an answer means no limit. */
const roomFor = async (
  cloud: OpenStackCloud,
  flavors: readonly Flavor[],
  floating: boolean,
  signal: AbortSignal,
): Promise<number | undefined> => {
  const { absolute } = (await cloud.send('compute', 'GET /limits', '/limits', limitsSchema, signal)).limits;
  const most = (of: (flavor: Flavor) => number): number => Math.max(1, ...flavors.map(of));
  const left = (limit: number, used: number, each: number): number =>
    limit < 0 ? Number.POSITIVE_INFINITY : Math.floor((limit - used) / each);
  const counts = {
    instances: left(absolute.maxTotalInstances, absolute.totalInstancesUsed, 1),
    cores: left(
      absolute.maxTotalCores,
      absolute.totalCoresUsed,
      most(({ vcpus }) => vcpus),
    ),
    memory: left(
      absolute.maxTotalRAMSize,
      absolute.totalRAMUsed,
      most(({ ram }) => ram),
    ),
    'floating IPs': floating ? await floatingRoom(cloud, left, signal) : Number.POSITIVE_INFINITY,
  };
  const [[what, room] = ['', 0]] = Object.entries(counts).sort(([, a], [, b]) => a - b);
  if (room < 1)
    throw new CapacityError('cloud-quota', `the quota of ${what} of the project is used up`, {
      hint: 'wait for other runs, or have the quota raised',
    });
  return Number.isFinite(room) ? room : undefined;
};

/** Not every cloud says it. */
const floatingRoom = async (
  cloud: OpenStackCloud,
  left: (limit: number, used: number, each: number) => number,
  signal: AbortSignal,
): Promise<number> => {
  const { project } = await cloud.identity(signal);
  const path = `/quotas/${project.id}/details.json`;
  try {
    const { quota } = await cloud.send('network', 'GET /quotas', path, addressesSchema, signal);
    const { limit, used, reserved } = quota.floatingip;
    return left(limit, used + reserved, 1);
  } catch (error) {
    const kind = faultOf(error)?.kind;
    if (kind !== 'not-found' && kind !== 'permission') throw error;
    return Number.POSITIVE_INFINITY;
  }
};
