import { simulatedCredentials, startHetzner } from '../../support/clouds/hetzner/index.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { describeRun } from './cloud-run.ts';

describeRun({
  platform: 'hetzner',
  credentials: simulatedCredentials,
  start: async () => {
    const { url, tap, api, close } = await startHetzner(new QemuGuests());
    api.settings.pace = 300;
    return { flags: [`--hetzner-endpoint=${url}`], tap, census: () => api.census(), close };
  },
  says: [
    /hetzner: the project of the token, in fsn1/,
    /this run creates .*cpx22 servers.*about 0\.03 USD an hour/,
  ],
  calls: ['POST /v1/networks', 'POST /v1/firewalls', 'POST /v1/servers'],
});
