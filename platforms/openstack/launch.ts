import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Launched } from '../../src/cloud/driver.ts';
import { firstWithRoom, isFull } from '../../src/cloud/first-with-room.ts';
import type { OnceEach } from '../../src/cloud/once-each.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { ProvisioningError, UsageError } from '../../src/core/errors.ts';
import type { MachineSpec } from '../../src/core/platform.ts';
import type { OpenStackCloud } from './connect.ts';
import { create } from './create.ts';
import { kinds } from './kinds.ts';
import type { Flavor } from './preflight.ts';
import { awaitActive, fixedAddress, type Server } from './servers.ts';

/** What all machines of a flight share. */
export interface Site {
  readonly image: string;
  /** GiB of a disk made from it. */
  readonly imageGib: number;
  readonly flavors: readonly Flavor[];
  readonly network: string;
  readonly group: string;
  /** External network of the floating IPs; undefined = machines are reached at their own addresses. */
  readonly pool: string | undefined;
  readonly configDrive: boolean;
  /** Of what machines share: their keys. */
  readonly owner: Owner;
  readonly keys: OnceEach<string>;
}

const gibOf = (mib: number): number => Math.ceil(mib / 1024);

/** A port and its floating IP come first, so that the machine knows its addresses when it boots. */
export const launch = async (
  cloud: OpenStackCloud,
  site: Site,
  spec: MachineSpec,
  userData: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<Launched> => {
  const key = spec.metadataKey === undefined ? undefined : await keyOf(cloud, site, spec.metadataKey, signal);
  const disks = await createDisks(cloud, site, spec, owner, signal);
  const wired = { network_id: site.network, security_groups: [site.group] };
  const port = await create(cloud, 'port', spec.id, wired, owner, signal);
  const leading = { floating_network_id: site.pool, port_id: port };
  const floating =
    site.pool === undefined ? undefined : await create(cloud, 'floating-ip', spec.id, leading, owner, signal);
  const wanted = {
    networks: [{ port }],
    ...(disks.root ? {} : { imageRef: site.image }),
    ...(disks.mapping.length === 0 ? {} : { block_device_mapping_v2: disks.mapping }),
    ...(key === undefined ? {} : { key_name: key }),
    ...(userData === '' ? {} : { user_data: Buffer.from(userData).toString('base64') }),
    ...(site.configDrive ? { config_drive: true } : {}),
  };
  const server = await createSomewhere(cloud, site, spec.id, wanted, owner, signal);
  const privateAddress = fixedAddress(server) ?? '';
  const publicAddress =
    floating === undefined ? privateAddress : await floatingAddress(cloud, floating, signal);
  return { platformId: server.id, publicAddress, privateAddress };
};

/** Tries every flavor until one has room. What failed is taken away before, as it holds the port. */
const createSomewhere = (
  cloud: OpenStackCloud,
  { flavors }: Site,
  what: string,
  wanted: Readonly<Record<string, unknown>>,
  owner: Owner,
  signal: AbortSignal,
): Promise<Server> => {
  const choices = { places: flavors, name: ({ name }: Flavor) => name, noun: 'flavor', log: cloud.log };
  return firstWithRoom(choices, async ({ id: flavorRef, name }) => {
    const id = await create(cloud, 'server', what, { ...wanted, flavorRef }, owner, signal);
    try {
      return await awaitActive(cloud, id, name, signal);
    } catch (error) {
      const kind = kinds.find(one => one.kind === 'server');
      if (isFull(error)) await kind?.destroy(cloud, { id, name: what, detail: {} }, signal);
      throw error;
    }
  });
};

const floatingAddress = async (cloud: OpenStackCloud, id: string, signal: AbortSignal): Promise<string> => {
  const answer = z.object({ floatingip: z.object({ floating_ip_address: z.string() }) });
  const path = `/floatingips/${id}`;
  const { floatingip } = await cloud.send('network', 'GET /floatingips/:id', path, answer, signal);
  return floatingip.floating_ip_address;
};

/** Many machines of a flight are given the same key. */
const keyOf = (
  cloud: OpenStackCloud,
  { keys, owner }: Site,
  publicKey: string,
  signal: AbortSignal,
): Promise<string> => {
  const what = `key-${createHash('sha256').update(publicKey).digest('hex').slice(0, 8)}`;
  const body = { public_key: publicKey };
  return keys.get(publicKey, () => create(cloud, 'keypair', what, body, owner, signal));
};

interface Disks {
  /** A volume is booted from instead of the flavor's own disk. */
  readonly root: boolean;
  /** Empty = the flavor's own disk only. */
  readonly mapping: readonly object[];
}

/** A flavor's own disk where it is large enough, else a volume; additional disks are empty volumes. */
const createDisks = async (
  cloud: OpenStackCloud,
  site: Site,
  spec: MachineSpec,
  owner: Owner,
  signal: AbortSignal,
): Promise<Disks> => {
  const rootGib = site.imageGib + gibOf(spec.primaryDiskExtraMiB);
  const root = site.flavors.some(({ disk }) => disk < rootGib);
  const wanted = [
    ...(root ? [{ what: spec.id, body: { size: rootGib, imageRef: site.image } }] : []),
    ...spec.disks.map(({ serial, sizeMiB }) => ({
      what: `${spec.id}-${serial}`,
      body: { size: Math.max(1, gibOf(sizeMiB)) },
    })),
  ];
  if (wanted.length > 0 && (await cloud.address('volume', signal)) === undefined)
    throw new UsageError(
      'openstack-volumes',
      `${spec.role} needs a disk of ${rootGib} GiB and ${spec.disks.length} more, and the cloud has no volumes`,
      { hint: 'choose a flavor with a larger disk with --openstack-flavor' },
    );
  // Where disks are named at all, Nova wants to be told of the one to boot from, too.
  const own = { ...{ uuid: site.image, source_type: 'image', boot_index: 0 }, delete_on_termination: true };
  const mapping: object[] = root || wanted.length === 0 ? [] : [{ ...own, destination_type: 'local' }];
  for (const { what, body } of wanted) {
    const uuid = await create(cloud, 'volume', what, body, owner, signal);
    await awaitVolume(cloud, uuid, signal);
    const boot_index = 'imageRef' in body ? 0 : -1;
    mapping.push({ uuid, boot_index, source_type: 'volume', destination_type: 'volume' });
  }
  return { root, mapping };
};

const awaitVolume = (cloud: OpenStackCloud, id: string, signal: AbortSignal): Promise<void> =>
  cloud.calls.eventually(
    `volume ${id} to be available`,
    { every: 2000, until: 900_000 },
    signal,
    async () => {
      const answer = z.object({ volume: z.object({ status: z.string() }) });
      const { volume } = await cloud.send('volume', 'GET /volumes/:id', `/volumes/${id}`, answer, signal);
      if (volume.status === 'available') return { done: undefined };
      if (volume.status.startsWith('error'))
        throw new ProvisioningError('openstack-volume', `volume ${id} is in state ${volume.status}`);
      return { pending: volume.status };
    },
  );
