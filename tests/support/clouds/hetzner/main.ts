import { runByHand } from '../by-hand.ts';
import { QemuGuests } from '../qemu-guests.ts';
import { simulatedCredentials, startHetzner } from './index.ts';

/** `npm run sim:hetzner [PORT]`: a project of Hetzner Cloud whose servers are QEMU guests. */
const simulated = await startHetzner(new QemuGuests(), Number(process.argv[2] ?? 4568));
simulated.api.settings.pace = 500;
await runByHand(
  simulated,
  simulatedCredentials,
  `npx kola run --platform=hetzner --hetzner-endpoint=${simulated.url} --image=reference cl.basic`,
);
