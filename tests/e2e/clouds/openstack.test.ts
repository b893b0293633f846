import { startOpenStack } from '../../support/clouds/openstack/index.ts';
import { simulatedCredentials } from '../../support/clouds/openstack/keystone.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { describeRun } from './cloud-run.ts';

describeRun({
  platform: 'openstack',
  credentials: simulatedCredentials,
  start: async () => {
    const { url, tap, world, close } = await startOpenStack(new QemuGuests());
    world.settings.pace = 300;
    return { flags: [`--openstack-endpoint=${url}`], tap, census: () => world.census(), close };
  },
  // What it costs only the cloud's owner knows.
  says: [
    /openstack: user ci in project ci at http:/,
    /this run creates .*m1\.small servers, .*each with a port and a floating IP of public/,
  ],
  console: ['Linux version', 'ignition.platform.id=openstack'],
  calls: [
    'POST /image/v2/images',
    'POST /networking/v2.0/routers',
    'POST /networking/v2.0/floatingips',
    'POST /compute/v2.1/servers',
    'POST /compute/v2.1/servers/:id/action',
  ],
});
