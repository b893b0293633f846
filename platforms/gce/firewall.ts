import { faultOf } from '../../src/cloud/fault.ts';
import type { Owner } from '../../src/cloud/owner.ts';
import type { Operation } from './api.ts';
import type { GceCloud } from './connect.ts';
import { describeTags } from './kinds.ts';
import { compute, finish, requestId } from './requests.ts';

/** Lower wins; rules that a network has by default are at 65534, those that people make at 1000. */
const priority = { allow: 800, deny: 900 } as const;

/**
 * Rules for the run's machines, which bear `tag`: SSH from the runner only, everything between them, and nothing else
 * comes in, whatever the other rules of the network say.
 */
export const createFirewall = async (
  cloud: GceCloud,
  network: string,
  tag: string,
  runner: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<void> => {
  const rules = {
    ssh: {
      allowed: [{ IPProtocol: 'tcp', ports: ['22'] }],
      sourceRanges: [runner],
      priority: priority.allow,
    },
    inside: { allowed: [{ IPProtocol: 'all' }], sourceTags: [tag], priority: priority.allow },
    rest: { denied: [{ IPProtocol: 'all' }], sourceRanges: ['0.0.0.0/0'], priority: priority.deny },
  };
  for (const [what, rule] of Object.entries(rules))
    await owner.create('firewall', what, async ({ name, tags }) => {
      const firewallResource = {
        name,
        description: describeTags(tags),
        network: networkUrl(cloud, network),
        direction: 'INGRESS',
        targetTags: [tag],
        ...rule,
      };
      await createNamed(cloud, 'firewalls', { firewallResource }, name, signal);
      return { id: name, value: undefined };
    });
};

export const networkUrl = ({ project }: GceCloud, network: string): string =>
  network.includes('/') ? network : `projects/${project}/global/networks/${network}`;

/** Creates something by a name of ours, and waits; that it is there already means that an answer was lost. */
export const createNamed = async (
  cloud: GceCloud,
  service: 'firewalls' | 'images',
  request: object,
  name: string,
  signal: AbortSignal,
): Promise<void> => {
  try {
    const begun = await compute<Operation>(
      cloud,
      service,
      'insert',
      { requestId: requestId(name), ...request },
      signal,
      { creates: true },
    );
    await finish(cloud, `compute ${service}.insert`, begun, signal, 30 * 60_000);
  } catch (error) {
    if (faultOf(error)?.kind !== 'exists') throw error;
  }
};
