import { runByHand } from '../by-hand.ts';
import { simulatedCredentials, startMetal } from './index.ts';
import { PlayedHardware } from './played-hardware.ts';

/** `npm run sim:equinixmetal [PORT]`: a project whose devices act out their installation. They have no SSH. */
const { close, url, sos, metal } = await startMetal(new PlayedHardware(), Number(process.argv[2] ?? 4570));
metal.settings.pace = 500;
await runByHand(
  { url, close },
  simulatedCredentials,
  `npx kola run --platform=equinixmetal --equinixmetal-endpoint=${url} --equinixmetal-sos=${sos} --image=reference cl.basic`,
);
