import { simulatedCredentials, startAws } from '../../support/clouds/aws/index.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { describeRun } from './cloud-run.ts';

describeRun({
  platform: 'aws',
  credentials: simulatedCredentials,
  start: async () => {
    const { url, tap, ec2, close } = await startAws(new QemuGuests());
    ec2.settings.pace = 300;
    return { flags: [`--aws-endpoint=${url}`], tap, census: () => ec2.census(), close };
  },
  says: [
    /aws: account 123456789012 in us-east-1/,
    /this run creates .*t3\.small machines.*about 0\.04 USD an hour/,
  ],
  console: ['Linux version', 'ignition.platform.id=aws'],
  calls: ['ebs PutSnapshotBlock', 'ec2 RegisterImage', 'ec2 RunInstances', 'ec2 GetConsoleOutput'],
});
