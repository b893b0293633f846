import { runByHand } from '../by-hand.ts';
import { QemuGuests } from '../qemu-guests.ts';
import { simulatedCredentials, startAzure } from './index.ts';

/** `npm run sim:azure [PORT]`: a subscription of Azure whose machines are QEMU guests. */
const azure = await startAzure(new QemuGuests(), Number(process.argv[2] ?? 4568));
azure.arm.settings.pace = 1;
await runByHand(
  azure,
  simulatedCredentials,
  `npx kola run --platform=azure --azure-endpoint=${azure.url} --azure-ca-file=${azure.caFile} --image=reference cl.basic`,
);
