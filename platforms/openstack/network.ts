import { z } from 'zod';
import { faultOf } from '../../src/cloud/fault.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import { UsageError } from '../../src/core/errors.ts';
import type { OpenStackCloud } from './connect.ts';
import { create } from './create.ts';

const networkSchema = z.object({ id: z.string(), name: z.string() });
export type Network = z.infer<typeof networkSchema>;

/** Nobody outside sees it. */
const privateRange = '10.20.0.0/16';

const networks = (
  cloud: OpenStackCloud,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<readonly Network[]> => cloud.all('network', '/networks', 'networks', networkSchema, signal, query);

const choose = (found: readonly Network[], wish: string | undefined): readonly Network[] =>
  wish === undefined ? found : found.filter(({ id, name }) => id === wish || name === wish);

/** The network that `--openstack-network` names. */
export const findNetwork = async (
  cloud: OpenStackCloud,
  wish: string,
  signal: AbortSignal,
): Promise<Network> => {
  const all = await networks(cloud, {}, signal);
  const [found, ...others] = choose(all, wish);
  if (found !== undefined && others.length === 0) return found;
  throw new UsageError(
    'openstack-network',
    found === undefined
      ? `there is no network ${wish}, but ${namesOf(all)}`
      : `there are ${others.length + 1} networks called ${wish}`,
    { hint: 'name one by its id with --openstack-network' },
  );
};

/** The network that leads outside: the one that was named, else the only one. */
export const findPool = async (
  cloud: OpenStackCloud,
  wish: string | undefined,
  signal: AbortSignal,
): Promise<Network> => {
  const all = await networks(cloud, { 'router:external': 'true' }, signal);
  const [found, ...others] = choose(all, wish);
  if (found !== undefined && others.length === 0) return found;
  throw new UsageError(
    'openstack-floating-ip-pool',
    wish === undefined
      ? `expected one external network, found ${namesOf(all)}`
      : `there is no external network ${wish}, but ${namesOf(all)}`,
    {
      hint: 'name one with --openstack-floating-ip-pool, or a network that this host reaches with --openstack-network',
    },
  );
};

const namesOf = (all: readonly Network[]): string => all.map(({ name }) => name).join(', ') || 'none';

/** A network of the run, with a way outside. */
export const createNetwork = async (
  cloud: OpenStackCloud,
  pool: Network,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> => {
  const network = await create(cloud, 'network', 'network', {}, owner, signal);
  const range = { network_id: network, ip_version: 4, cidr: privateRange };
  const subnet = await create(cloud, 'subnet', 'subnet', range, owner, signal);
  const gateway = { external_gateway_info: { network_id: pool.id } };
  const router = await create(cloud, 'router', 'router', gateway, owner, signal);
  const path = `/routers/${router}/add_router_interface`;
  try {
    const body = { subnet_id: subnet };
    await cloud.send('network', 'PUT add_router_interface', path, z.unknown(), signal, { body });
  } catch (error) {
    // The answer to a first try was lost.
    if (faultOf(error)?.kind !== 'exists') throw error;
  }
  return network;
};

/** Lets the runner in over SSH, and the machines of the run to one another. Everything may go out, as in every new group. */
export const createGroup = async (
  cloud: OpenStackCloud,
  runner: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> => {
  const group = await create(cloud, 'security-group', 'group', {}, owner, signal);
  const path = '/security-group-rules';
  const common = { security_group_id: group, direction: 'ingress' };
  const ssh = { protocol: 'tcp', port_range_min: 22, port_range_max: 22, remote_ip_prefix: runner };
  const inside = { remote_group_id: group };
  for (const rule of [
    { ethertype: 'IPv4', ...ssh },
    { ethertype: 'IPv4', ...inside },
    { ethertype: 'IPv6', ...inside },
  ])
    try {
      const body = { security_group_rule: { ...common, ...rule } };
      await cloud.send('network', `POST ${path}`, path, z.unknown(), signal, { body });
    } catch (error) {
      if (faultOf(error)?.kind !== 'exists') throw error;
    }
  return group;
};
