import { runByHand } from '../by-hand.ts';
import { QemuGuests } from '../qemu-guests.ts';
import { simulatedCredentials, startGce } from './index.ts';

/** `npm run sim:gce [PORT]`: a project of Google Cloud whose instances are QEMU guests. */
const gce = await startGce(new QemuGuests(), Number(process.argv[2] ?? 4567));
gce.compute.settings.pace = 1;
await runByHand(
  gce,
  simulatedCredentials,
  `npx kola run --platform=gce --gce-endpoint=${gce.url} --image=reference cl.basic`,
);
