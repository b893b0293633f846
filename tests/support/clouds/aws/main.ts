import { runByHand } from '../by-hand.ts';
import { QemuGuests } from '../qemu-guests.ts';
import { simulatedCredentials, startAws } from './index.ts';

/** `npm run sim:aws [PORT]`: a region of AWS whose instances are QEMU guests. */
const aws = await startAws(new QemuGuests(), Number(process.argv[2] ?? 4566));
aws.ec2.settings.pace = 500;
await runByHand(
  aws,
  simulatedCredentials,
  `npx kola run --platform=aws --aws-endpoint=${aws.url} --image=reference cl.basic`,
);
