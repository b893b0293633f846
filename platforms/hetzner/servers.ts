import { z } from 'zod';
import type { Launched } from '../../src/cloud/driver.ts';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { HetznerCloud } from './connect.ts';

const serverSchema = z.object({
  id: z.number(),
  status: z.string(),
  public_net: z.object({ ipv4: z.object({ ip: z.string() }).nullable() }),
  private_net: z.array(z.object({ ip: z.string() })),
});
export type Server = z.infer<typeof serverSchema>;

export const getServer = async (
  cloud: HetznerCloud,
  id: number | string,
  signal: AbortSignal,
): Promise<Server> =>
  (await cloud.send('GET /servers', `/servers/${id}`, z.object({ server: serverSchema }), signal)).server;

/** Waits until a server runs, or is off; servers without a network have their public address as private one. */
export const awaitState = (
  cloud: HetznerCloud,
  id: number,
  state: 'running' | 'off',
  signal: AbortSignal,
): Promise<Launched> =>
  cloud.calls.eventually(`server ${id} to be ${state}`, { every: 3000, until: 600_000 }, signal, async () => {
    const { status, public_net, private_net } = await getServer(cloud, id, signal);
    // A new server is off for a moment before it starts.
    if (status === 'deleting')
      throw new ProvisioningError('hetzner-server', `server ${id} is ${status} instead of ${state}`);
    const publicAddress = public_net.ipv4?.ip;
    if (status !== state || publicAddress === undefined) return { pending: status };
    const privateAddress = private_net[0]?.ip ?? publicAddress;
    return { done: { platformId: String(id), publicAddress, privateAddress } };
  });
