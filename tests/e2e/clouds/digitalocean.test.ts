import { bucketName } from '../../support/clouds/aws/s3.ts';
import { simulatedCredentials, startDo } from '../../support/clouds/digitalocean/index.ts';
import { QemuGuests } from '../../support/clouds/qemu-guests.ts';
import { describeRun } from './cloud-run.ts';

describeRun({
  platform: 'digitalocean',
  credentials: simulatedCredentials,
  start: async () => {
    const { url, tap, api, census, close } = await startDo(new QemuGuests());
    api.settings.pace = 300;
    const spaces = [`--do-spaces-endpoint=${url}`, `--do-spaces-bucket=${bucketName}`];
    return { flags: [`--do-endpoint=${url}`, ...spaces], tap, census, close };
  },
  says: [
    /digitalocean: account tester@example\.org in sfo3/,
    /this run creates .*s-2vcpu-2gb droplets.*about 0\.05 USD an hour/,
  ],
  calls: ['s3 UploadPart', 'POST /v2/images', 'POST /v2/firewalls', 'POST /v2/droplets'],
});
