import { runByHand } from '../by-hand.ts';
import { simulatedCredentials } from './index.ts';
import { startRealMetal } from './real.ts';

/** `npm run sim:equinixmetal [PORT]`: a project whose devices are QEMU guests, installed over the network. */
const { close, url, flags, metal } = await startRealMetal(Number(process.argv[2] ?? 4570));
metal.settings.pace = 500;
await runByHand(
  { url, close },
  simulatedCredentials,
  [
    'npx kola run --platform=equinixmetal',
    `--equinixmetal-endpoint=${url}`,
    ...flags,
    '--image=reference cl.basic',
  ].join(' '),
);
