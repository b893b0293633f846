import { simulatedCredentials, startAzure } from '../../support/clouds/azure/index.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { describeRun } from './cloud-run.ts';

describeRun({
  platform: 'azure',
  credentials: simulatedCredentials,
  start: async () => {
    const { url, caFile, tap, arm, close } = await startAzure(new QemuGuests());
    arm.settings.pace = 1;
    const flags = [`--azure-endpoint=${url}`, `--azure-ca-file=${caFile}`];
    return { flags, tap, census: () => arm.census(), close };
  },
  // The scenarios with NFS, which other clouds run here, are not for Azure.
  scenarios: ['cl.basic', 'docker.network-openbsd-nc'],
  says: [
    /azure: subscription .* in westeurope/,
    /this run creates .*Standard_D2s_v6 machines.*about 0\.20 USD an hour/,
  ],
  console: ['ignition.platform.id=azure'],
  calls: [
    'blob PutPage',
    'compute images.createOrUpdate',
    'compute virtualMachines.createOrUpdate',
    'compute virtualMachines.retrieveBootDiagnosticsData',
  ],
});
