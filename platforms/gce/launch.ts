import type { Launched } from '../../src/cloud/driver.ts';
import { faultOf } from '../../src/cloud/fault.ts';
import { firstWithRoom } from '../../src/cloud/first-with-room.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import type { Tags } from '../../src/cloud/tags.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { MachineSpec } from '../../src/core/platform.ts';
import type { Instance, Operation } from './api.ts';
import type { GceCloud } from './connect.ts';
import { splitZonal, zonal } from './kinds.ts';
import { compute, finish, requestId } from './requests.ts';

/** What all machines of a flight share. */
export interface Site {
  /** URL of the image. */
  readonly image: string;
  /** GB of the disk as the image has it. */
  readonly imageGb: number;
  readonly network: string;
  /** Network tag that the firewall rules are for. */
  readonly tag: string;
  readonly types: readonly string[];
  readonly diskType: string;
  readonly gvnic: boolean;
  /** Seconds after which Google deletes a machine that nobody deleted. */
  readonly lifeSeconds: number;
}

const mibPerGb = 1024;
/** The smallest disk of the types that take part. */
const leastGb = 10;

export const launch = async (
  cloud: GceCloud,
  site: Site,
  spec: MachineSpec,
  userData: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<Launched> => {
  const id = await owner.create('instance', spec.id, async ({ name, tags }) => {
    const made = await insertSomewhere(cloud, site, { name, tags, spec, userData }, signal);
    return { id: made, value: made };
  });
  return awaitRunning(cloud, id, signal);
};

interface Wanted {
  readonly name: string;
  readonly tags: Tags;
  readonly spec: MachineSpec;
  readonly userData: string;
}

const instanceResource = (site: Site, wanted: Wanted, zone: string, type: string): object => ({
  name: wanted.name,
  labels: wanted.tags,
  machineType: `zones/${zone}/machineTypes/${type}`,
  tags: { items: [site.tag] },
  disks: disksOf(site, wanted, zone),
  networkInterfaces: [
    {
      network: site.network,
      nicType: site.gvnic ? 'GVNIC' : 'VIRTIO_NET',
      accessConfigs: [{ name: 'External NAT', type: 'ONE_TO_ONE_NAT' }],
    },
  ],
  metadata: { items: metadataOf(wanted) },
  scheduling: {
    provisioningModel: 'STANDARD',
    maxRunDuration: { seconds: site.lifeSeconds },
    instanceTerminationAction: 'DELETE',
  },
});

const metadataOf = ({
  spec,
  userData,
}: Wanted): readonly { readonly key: string; readonly value: string }[] => [
  // Keys of the project's people are not the machine's.
  { key: 'block-project-ssh-keys', value: 'TRUE' },
  ...(userData === '' ? [] : [{ key: 'user-data', value: userData }]),
  ...(spec.metadataKey === undefined ? [] : [{ key: 'ssh-keys', value: `core:${spec.metadataKey}` }]),
];

/** The primary disk gets more than the image has; additional ones are empty. All go with the machine. */
const disksOf = (site: Site, { name, tags, spec }: Wanted, zone: string): readonly object[] => {
  const diskType = `zones/${zone}/diskTypes/${site.diskType}`;
  const gbOf = (mib: number): number => Math.ceil(mib / mibPerGb);
  return [
    {
      boot: true,
      autoDelete: true,
      initializeParams: {
        sourceImage: site.image,
        diskType,
        diskSizeGb: Math.max(leastGb, site.imageGb + gbOf(spec.primaryDiskExtraMiB)),
        labels: tags,
      },
    },
    ...spec.disks.map(({ serial, sizeMiB }, index) => ({
      autoDelete: true,
      deviceName: serial,
      initializeParams: {
        diskName: `${name}-${index + 1}`,
        diskType,
        diskSizeGb: Math.max(leastGb, gbOf(sizeMiB)),
        labels: tags,
      },
    })),
  ];
};

/** Tries every type in every zone until one has room. Resolves to the id. */
const insertSomewhere = async (
  cloud: GceCloud,
  site: Site,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<string> => {
  const places = site.types.flatMap(type => cloud.zones.map(zone => ({ type, zone })));
  const name = ({ type, zone }: (typeof places)[number]): string => `${type} in ${zone}`;
  return firstWithRoom({ places, name, noun: 'place', log: cloud.log }, async ({ type, zone }) => {
    await insert(cloud, site, wanted, zone, type, signal);
    return zonal(zone, wanted.name);
  });
};

const insert = async (
  cloud: GceCloud,
  site: Site,
  wanted: Wanted,
  zone: string,
  type: string,
  signal: AbortSignal,
): Promise<void> => {
  const request = {
    zone,
    requestId: requestId(`${wanted.name} ${type} ${zone}`),
    instanceResource: instanceResource(site, wanted, zone, type),
  };
  try {
    const begun = await compute<Operation>(cloud, 'instances', 'insert', request, signal, { creates: true });
    await finish(cloud, 'compute instances.insert', begun, signal);
  } catch (error) {
    // The answer to a first try was lost: the name is ours and taken.
    if (faultOf(error)?.kind !== 'exists') throw error;
  }
};

export const describeInstance = (cloud: GceCloud, id: string, signal: AbortSignal): Promise<Instance> => {
  const { zone, name } = splitZonal(id);
  return compute<Instance>(cloud, 'instances', 'get', { zone, instance: name }, signal);
};

const coming = ['PENDING', 'PROVISIONING', 'STAGING', 'RUNNING', 'REPAIRING'];

/** Why a machine that should run does not; undefined while it does. */
export const whyOver = ({ status, statusMessage }: Instance): string | undefined =>
  coming.includes(status ?? '')
    ? undefined
    : [status?.toLowerCase() ?? 'in no known state', statusMessage].filter(Boolean).join(': ');

const awaitRunning = (cloud: GceCloud, id: string, signal: AbortSignal): Promise<Launched> =>
  cloud.calls.eventually(`instance ${id} to run`, { every: 3000, until: 600_000 }, signal, async () => {
    const instance = await describeInstance(cloud, id, signal);
    const over = whyOver(instance);
    if (over !== undefined) throw new ProvisioningError('gce-instance', `instance ${id} is ${over}`);
    const [card] = instance.networkInterfaces ?? [];
    const publicAddress = card?.accessConfigs?.[0]?.natIP;
    const privateAddress = card?.networkIP;
    if (instance.status !== 'RUNNING' || !publicAddress || !privateAddress)
      return { pending: String(instance.status) };
    return { done: { platformId: id, publicAddress, privateAddress } };
  });
