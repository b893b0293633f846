import { simulatedCredentials, startGce } from '../../support/clouds/gce/index.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { describeRun } from './cloud-run.ts';

describeRun({
  platform: 'gce',
  credentials: simulatedCredentials,
  start: async () => {
    const { url, tap, compute, close } = await startGce(new QemuGuests());
    compute.settings.pace = 1;
    return { flags: [`--gce-endpoint=${url}`], tap, census: () => compute.census(), close };
  },
  says: [
    /gce: project simulated-project in us-central1-a/,
    /this run creates .*n1-standard-2 machines.*about 0\.19 USD an hour/,
  ],
  console: ['ignition.platform.id=gcp'],
  calls: [
    'storage objects.upload',
    'compute images.insert',
    'compute instances.insert',
    'compute instances.getSerialPortOutput',
  ],
});
