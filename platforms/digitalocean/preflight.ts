import { z } from 'zod';
import { hourlyPrice } from '../../src/cloud/prices.ts';
import type { PreflightReport } from '../../src/core/cloud-account.ts';
import { CapacityError, UsageError } from '../../src/core/errors.ts';
import type { MachineSize } from '../../src/core/platform.ts';
import type { DoCloud } from './connect.ts';
import { account, droplet, size } from './schemas.ts';
import { needSpaces } from './spaces.ts';

export interface Plan {
  readonly sizes: readonly string[];
  readonly machines: number | undefined;
  /** The image is there already, or at an address. */
  readonly image: boolean;
}

export interface Examined {
  readonly report: PreflightReport;
  /** The least that the sizes have: every machine gets at least this. */
  readonly size: MachineSize;
  /** Droplets that the limit of the account has room for. */
  readonly room: number;
}

/** Token, droplet limit, region, sizes and the way of the image. Nothing is created. */
export const examineAccount = async (cloud: DoCloud, plan: Plan, signal: AbortSignal): Promise<Examined> => {
  const who = await cloud.library('getUserInformation', account, signal, client =>
    client.account.getUserInformation(),
  );
  if (who.status === 'locked')
    throw new UsageError('do-account', `the account ${who.email} is locked: ${who.status_message}`);
  const least = await examineSizes(cloud, plan, signal);
  if (!plan.image) needSpaces(cloud);
  const room = await roomFor(cloud, who.droplet_limit, signal);
  const why = `the account has room for ${room} more of its ${who.droplet_limit} droplets`;
  const [first = ''] = plan.sizes;
  const hourly = hourlyPrice('digitalocean', first, plan.machines ?? 1);
  const many = plan.machines === undefined ? '' : `, up to ${plan.machines} at once`;
  return {
    size: least,
    room,
    report: {
      identity: `account ${who.email} in ${cloud.region}`,
      creates: [
        ...(plan.image ? [] : ['an object in Spaces and an image of it, unless it was uploaded before']),
        'a firewall, two tags, and SSH keys',
        `${plan.sizes.join(' or ')} droplets${many}`,
      ],
      ...(hourly === undefined ? {} : { hourly }),
      room: { machines: room, why },
      notes: [why, 'there is no console: see the journal'],
    },
  };
};

const examineSizes = async (cloud: DoCloud, { sizes }: Plan, signal: AbortSignal): Promise<MachineSize> => {
  const offered = await cloud.all('/sizes', 'sizes', size, signal);
  const { region } = cloud;
  if (!offered.some(({ regions }) => regions.includes(region)))
    throw new UsageError('do-region', `DigitalOcean has no region ${region}`, {
      hint: 'choose another with --do-region',
    });
  const wanted = sizes.map(slug => {
    const found = offered.find(one => one.slug === slug);
    if (found?.available === true && found.regions.includes(region)) return found;
    throw new UsageError('do-size', `${region} has no droplets of size ${slug}`, {
      hint: 'choose another with --do-size, or another region',
    });
  });
  return {
    memoryMiB: Math.min(...wanted.map(({ memory }) => memory)),
    vcpus: Math.min(...wanted.map(({ vcpus }) => vcpus)),
  };
};

/** Throws when not even one droplet has room. */
const roomFor = async (cloud: DoCloud, limit: number, signal: AbortSignal): Promise<number> => {
  const { length } = await cloud.all('/droplets', 'droplets', z.object({ id: droplet.shape.id }), signal);
  if (length >= limit)
    throw new CapacityError('cloud-quota', `the account has ${length} droplets and may have ${limit}`, {
      hint: 'wait for other runs, or have the limit raised',
    });
  return limit - length;
};
