import { minutes } from '../../src/core/clock.ts';
import { KolaError } from '../../src/core/errors.ts';
import type { Machine } from '../../src/core/machine.ts';
import { scenario } from '../../src/core/scenario.ts';
import { checkHealth, discoveredMember, etcdNeeds } from '../../src/machine/guest/etcd.ts';
import { lockStatus } from '../../src/machine/guest/locksmith.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';

const roles = ['first', 'second', 'third'];

/** Asks for a reboot in such a way that the machine cannot be taken for rebooted while it still waits for one. */
const needReboot = async (machine: Machine): Promise<void> => {
  try {
    await machine.try('sudo systemctl stop sshd.socket && sudo locksmithctl send-need-reboot');
  } catch (error) {
    if (!(error instanceof KolaError) || error.kind !== 'network') throw error;
  }
};

export default scenario({
  name: 'cl.locksmith.cluster',
  description: 'Machines that share a lock in etcd all reboot when they need to, and come back',
  tags: ['locksmith', 'etcd', 'reboot'],
  platforms: localAndAzure,
  needs: {
    ...etcdNeeds,
    capabilities: ['locksmith', ...(etcdNeeds.capabilities ?? [])],
    machines: roles.length,
    platform: ['private-network'],
    services: ['discovery'],
  },
  allow: { updates: true },
  timeout: minutes(20),
  machines: [],
  run: async t => {
    const discovery = await t.services.discovery();
    const userData = ignition(
      {
        files: [
          file('/etc/flatcar/update.conf', 'REBOOT_STRATEGY=etcd-lock\nSERVER=disabled\n', {
            overwrite: true,
          }),
        ],
        units: discoveredMember(discovery.cluster(roles.length), {
          tag: 'v3.5.0',
          settings: { ETCD_ENABLE_V2: 'true' },
        }),
      },
      '2.3',
    );
    const machines = await Promise.all(roles.map(role => t.provision(role, userData)));
    const [first] = machines;
    if (first === undefined) return t.fail('no machine was made');
    await checkHealth(t, first, roles.length);
    t.equal(
      'one-at-a-time',
      lockStatus(await first.run('locksmithctl status')).max,
      1,
      'holders of the lock at once',
    );
    await first.run('locksmithctl set-max 3');
    t.equal(
      'all-at-once',
      lockStatus(await first.run('locksmithctl status')).max,
      3,
      'holders of the lock at once',
    );
    await Promise.all(
      machines.map(async machine => {
        const before = await machine.bootId();
        await needReboot(machine);
        await t.check(`${machine.role}-reboots`, () => machine.awaitReboot(before, { timeout: minutes(10) }));
      }),
    );
    await checkHealth(t, first, roles.length);
  },
});
