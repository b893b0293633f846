import type { DropletRequest } from 'digitalocean-js';
import { createNamed } from '../../src/cloud/create-named.ts';
import type { Launched } from '../../src/cloud/driver.ts';
import { firstWithRoom } from '../../src/cloud/first-with-room.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { MachineSpec } from '../../src/core/platform.ts';
import type { DoCloud } from './connect.ts';
import { type DropletFacts, droplet } from './schemas.ts';

/** What all machines of a flight share. */
export interface Site {
  readonly image: string;
  readonly sizes: readonly string[];
  /** On all droplets of the run; the firewall holds for it. */
  readonly tag: string;
}

export const launch = async (
  cloud: DoCloud,
  site: Site,
  spec: MachineSpec,
  key: number,
  userData: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<Launched> => {
  const id = await owner.create('droplet', spec.id, async ({ name }) => {
    const request = {
      name,
      region: cloud.region,
      image: /^\d+$/.test(site.image) ? Number(site.image) : site.image,
      ssh_keys: [key],
      tags: [site.tag],
      ...(userData === '' ? {} : { user_data: userData }),
    };
    const made = await createSomewhere(cloud, site, request, signal);
    return { id: String(made), value: made };
  });
  return awaitActive(cloud, id, signal);
};

/** Tries every size until one has room. */
const createSomewhere = async (
  cloud: DoCloud,
  { sizes, tag }: Site,
  request: Omit<DropletRequest, 'size'> & { readonly name: string },
  signal: AbortSignal,
): Promise<number> => {
  const name = (size: string): string => `${size} in ${cloud.region}`;
  return firstWithRoom({ places: sizes, name, noun: 'size', log: cloud.log }, async size => {
    const { id } = await createNamed(
      () =>
        cloud.library(
          'createNewDroplet',
          droplet,
          signal,
          client => client.droplets.createNewDroplet({ ...request, size }),
          { creates: true, once: true },
        ),
      async () =>
        (await cloud.all(`/droplets?tag_name=${tag}`, 'droplets', droplet, signal)).find(
          one => one.name === request.name,
        ),
      cloud.clock,
      signal,
    );
    return id;
  });
};

export const getDroplet = (cloud: DoCloud, id: string, signal: AbortSignal): Promise<DropletFacts> =>
  cloud.library('getExistingDroplet', droplet, signal, client =>
    client.droplets.getExistingDroplet(Number(id)),
  );

const awaitActive = (cloud: DoCloud, id: number, signal: AbortSignal): Promise<Launched> =>
  cloud.calls.eventually(`droplet ${id} to run`, { every: 5000, until: 600_000 }, signal, async () => {
    const { status, networks } = await getDroplet(cloud, String(id), signal);
    if (status === 'off' || status === 'archive')
      throw new ProvisioningError('do-droplet', `droplet ${id} is ${status} instead of running`);
    const address = (type: string): string | undefined =>
      networks?.v4.find(one => one.type === type)?.ip_address;
    const [publicAddress, privateAddress] = [address('public'), address('private')];
    if (status !== 'active' || publicAddress === undefined || privateAddress === undefined)
      return { pending: status };
    return { done: { platformId: String(id), publicAddress, privateAddress } };
  });
