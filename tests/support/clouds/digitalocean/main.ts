import { bucketName } from '../aws/s3.ts';
import { runByHand } from '../by-hand.ts';
import { QemuGuests } from '../qemu-guests.ts';
import { simulatedCredentials, startDo } from './index.ts';

/** `npm run sim:digitalocean [PORT]`: an account of DigitalOcean whose droplets are QEMU guests. */
const simulated = await startDo(new QemuGuests(), Number(process.argv[2] ?? 4567));
simulated.api.settings.pace = 500;
await runByHand(
  simulated,
  simulatedCredentials,
  `npx kola run --platform=digitalocean --do-endpoint=${simulated.url} --do-spaces-endpoint=${simulated.url} --do-spaces-bucket=${bucketName} --image=reference cl.basic`,
);
