import { createNamed } from '../../src/cloud/create-named.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import type { DoCloud } from './connect.ts';
import { firewall } from './schemas.ts';

const everywhere = ['0.0.0.0/0', '::/0'];

/** Lets nobody in but the runner over SSH, and the droplets of the run; lets everything out. */
export const createFirewall = (
  cloud: DoCloud,
  tag: string,
  runner: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> =>
  owner.create('firewall', 'firewall', async ({ name }) => {
    const none = { droplet_ids: [], load_balancer_uids: [] };
    const friends = { ...none, addresses: [], tags: [tag] };
    const world = { ...none, addresses: everywhere, tags: [] };
    const all = [
      { protocol: 'tcp', ports: 'all' },
      { protocol: 'udp', ports: 'all' },
      // No ports, but the API wants to be told.
      { protocol: 'icmp', ports: '0' },
    ];
    const request = {
      name,
      droplet_ids: [],
      tags: [tag],
      inbound_rules: [
        { protocol: 'tcp', ports: '22', sources: { ...none, addresses: [runner], tags: [] } },
        ...all.map(rule => ({ ...rule, sources: friends })),
      ],
      outbound_rules: all.map(rule => ({ ...rule, destinations: world })),
    };
    const { id } = await createNamed(
      () =>
        cloud.library(
          'createFirewall',
          firewall,
          signal,
          client => client.firewalls.createFirewall(request),
          {
            creates: true,
            once: true,
          },
        ),
      async () =>
        (await cloud.all('/firewalls', 'firewalls', firewall, signal)).find(one => one.name === name),
      cloud.clock,
      signal,
    );
    return { id, value: id };
  });
