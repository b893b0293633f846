import { runByHand } from '../by-hand.ts';
import { QemuGuests } from '../qemu-guests.ts';
import { startOpenStack } from './index.ts';
import { simulatedCredentials } from './keystone.ts';

/** `npm run sim:openstack [PORT]`: a project of an OpenStack cloud whose servers are QEMU guests. */
const simulated = await startOpenStack(new QemuGuests(), Number(process.argv[2] ?? 4571));
simulated.world.settings.pace = 500;
await runByHand(
  simulated,
  simulatedCredentials,
  `npx kola run --platform=openstack --openstack-endpoint=${simulated.url} --image=reference cl.basic`,
);
