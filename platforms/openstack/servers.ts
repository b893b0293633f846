import { z } from 'zod';
import { CapacityError, ProvisioningError } from '../../src/core/errors.ts';
import type { OpenStackCloud } from './connect.ts';

const serverSchema = z.object({
  id: z.string(),
  status: z.string(),
  fault: z.object({ message: z.string() }).optional(),
  addresses: z.record(
    z.string(),
    z.array(z.object({ addr: z.string(), version: z.number(), 'OS-EXT-IPS:type': z.string() })),
  ),
});
export type Server = z.infer<typeof serverSchema>;

export const getServer = async (cloud: OpenStackCloud, id: string, signal: AbortSignal): Promise<Server> => {
  const answer = z.object({ server: serverSchema });
  return (await cloud.send('compute', 'GET /servers/:id', `/servers/${id}`, answer, signal)).server;
};

/** Its own address on the first of its networks. */
export const fixedAddress = ({ addresses }: Server): string | undefined =>
  Object.values(addresses)
    .flat()
    .find(one => one.version === 4 && one['OS-EXT-IPS:type'] === 'fixed')?.addr;

/** A server whose host does not answer may well run. */
const coming = ['ACTIVE', 'BUILD', 'REBOOT', 'HARD_REBOOT', 'PASSWORD', 'MIGRATING', 'UNKNOWN'];

/** Why a server that should run does not; undefined while it does. */
export const whyOver = ({ status, fault }: Server): string | undefined =>
  coming.includes(status) ? undefined : [status.toLowerCase(), fault?.message].filter(Boolean).join(': ');

/** The scheduler's words for a lack of room: it says them when the request was accepted long ago. */
const noRoom = /no valid host|not enough hosts|insufficient resources/i;

/** Resolves to the server when it runs and has its address. */
export const awaitActive = (
  cloud: OpenStackCloud,
  id: string,
  flavor: string,
  signal: AbortSignal,
): Promise<Server> =>
  cloud.calls.eventually(`server ${id} to be active`, { every: 3000, until: 600_000 }, signal, async () => {
    const server = await getServer(cloud, id, signal);
    const over = whyOver(server);
    const said = server.fault?.message ?? '';
    if (server.status === 'ERROR' && noRoom.test(said))
      throw new CapacityError('cloud-capacity', `openstack has no room for ${flavor}: ${firstLine(said)}`, {
        hint: 'give several flavors with --openstack-flavor, or try again later',
      });
    if (over !== undefined)
      throw new ProvisioningError('openstack-server', `server ${id} is ${firstLine(over)}`);
    if (server.status !== 'ACTIVE' || fixedAddress(server) === undefined) return { pending: server.status };
    return { done: server };
  });

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text;
