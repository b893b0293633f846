import { minutes } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import { type Scenario, type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import { checkHealth, discoveredMember, etcdNeeds } from '../../src/machine/guest/etcd.ts';
import { ipv4Addresses, isInNetwork } from '../../src/machine/guest/network.ts';
import { ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

const network = '10.254.0.0/16';
const roles = ['first', 'second', 'third'];

type FlannelSpec = Pick<ScenarioSpec, 'name' | 'description' | 'platforms' | 'arches'> & {
  readonly backend: 'udp' | 'vxlan';
  /** Interfaces of the machine that pings and of the one that answers. */
  readonly from: string;
  readonly to: string;
};

const userData = (discovery: string, backend: string) =>
  ignition(
    {
      units: [
        ...discoveredMember(discovery, { tag: 'v3.5.0', settings: { ETCD_ENABLE_V2: 'true' } }),
        unit('docker.service', { enabled: true }),
        unit('flanneld.service', {
          enabled: true,
          dropins: {
            '50-network.conf': `[Service]\nExecStartPre=/usr/bin/etcdctl --no-sync set /coreos.com/network/config '{ "Network": "${network}", "Backend": { "Type": "${backend}" } }'\n`,
          },
        }),
        unit('flannel-docker-opts.service', {
          dropins: { '50-retry.conf': '[Service]\nRestart=on-failure\nRestartSec=5\n' },
        }),
      ],
    },
    '2.3',
  );

/** The only IPv4 address of an interface that is up; undefined as long as there is none. */
const addressOf = async (machine: Machine, name: string): Promise<string | undefined> => {
  const { code, stdout } = await machine.try(`ip -json address show ${name}`);
  return code === 0 ? ipv4Addresses(stdout)[0] : undefined;
};

/** Three machines whose flannel networks, which etcd hands out, reach one another. */
export const flannelScenario = ({ backend, from, to, ...spec }: FlannelSpec): Scenario =>
  scenario({
    ...spec,
    tags: ['flannel', 'network', 'etcd'],
    needs: {
      capabilities: ['docker', 'flannel', ...(etcdNeeds.capabilities ?? [])],
      external: ['registry:quay.io'],
      machines: roles.length,
      platform: ['private-network'],
      services: ['discovery'],
    },
    timeout: minutes(20),
    machines: [],
    run: async t => {
      const discovery = await t.services.discovery();
      const data = userData(discovery.cluster(roles.length), backend);
      const [first, , third] = await Promise.all(roles.map(role => t.provision(role, data)));
      if (first === undefined || third === undefined) return t.fail('not all machines were made');
      await checkHealth(t, first, roles.length);
      const address = (machine: Machine, name: string): Promise<string> =>
        t.eventually(`an address on ${name} of ${machine.role}`, () => addressOf(machine, name), {
          until: minutes(2),
        });
      const [source, target] = [await address(first, from), await address(third, to)];
      t.ok('source-in-network', isInNetwork(source, network), `${from} has ${source}, outside of ${network}`);
      t.ok('target-in-network', isInNetwork(target, network), `${to} has ${target}, outside of ${network}`);
      await t.check('reaches', () => first.run(`ping -c 10 -I ${source} ${target}`));
    },
  });
