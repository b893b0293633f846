import { expect, it } from 'vitest';
import { simulatedCredentials } from '../../support/clouds/equinixmetal/index.ts';
import { startRealMetal } from '../../support/clouds/equinixmetal/real.ts';
import { describeRun } from './cloud-run.ts';

describeRun(
  {
    platform: 'equinixmetal',
    credentials: simulatedCredentials,
    start: async () => {
      const { url, flags, tap, metal, close } = await startRealMetal();
      metal.settings.pace = 300;
      const all = [`--equinixmetal-endpoint=${url}`, ...flags];
      return { flags: all, tap, census: () => metal.census(), close };
    },
    says: [
      /equinixmetal: project simulated/,
      /this run creates .*c3\.small\.x86 devices in sv.*about 1\.50 USD an hour/,
    ],
    console: ['reboot: Restarting system', 'ignition.platform.id=packet'],
    calls: ['metal CreateSshKey', 'metal CreateDevice', 'metal UpdateDevice', 'metal DeleteDevice'],
    // Three installations, two of them at once.
    limit: 45 * 60_000,
  },
  run => {
    it('keeps the installer apart, but for its last words', () => {
      const kernel = 'flatcar.oem.id=packet';
      expect(run().evidence('installer-console.txt')).toContain(kernel);
      expect(run().evidence('console.txt')).not.toContain(kernel);
    });
  },
);
