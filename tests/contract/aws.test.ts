import { afterAll, beforeAll, vi } from 'vitest';
import { platform } from '../../platforms/aws/index.ts';
import { readFactText } from '../../src/cloud/fact-text.ts';
import { simulatedCredentials, startAws } from '../support/clouds/aws/index.ts';
import { isSchedule } from '../support/clouds/aws/scheduler.ts';
import { type Instance, newId } from '../support/clouds/aws/state.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type CloudUnderTest, describeCloud } from './cloud-contract.ts';

beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

/** With a schedule for each machine: there is no kind of resource then that these tests do not see. */
const scheduleRole = 'arn:aws:iam::123456789012:role/kola-end';

const underTest = async (): Promise<CloudUnderTest> => {
  const aws = await startAws(new PlayedGuests());
  const { ec2, tap } = aws;
  ec2.settings.lag = 1;
  ec2.settings.pace = 2;
  ec2.settings.pageSize = 2;
  const own = (text: string, kind: string): string => (text === '' ? 'nothing' : `${kind} ${text}`);
  return {
    definition: platform,
    arch: 'amd64',
    options: { awsEndpoint: aws.url, awsScheduleRole: scheduleRole },
    image: bootSectorImage,
    greeting,
    clock: hastyClock(),
    census: async () => ec2.census(),
    murder: machine => ec2.murder(machine.platformId),
    end: () => aws.close(),
    badOptions: [
      [{ awsRegion: 'Frankfurt' }, /expected a region such as us-east-1, found "Frankfurt"/],
      [{ awsAmi: 'my-image' }, /expected an image id such as ami-/],
      [{ awsType: '' }, /expected instance types, found nothing/],
      [{ awsEndpoint: 'localhost:5000' }, /expected a URL such as http/],
      [{ awsScheduleRole: 'terminator' }, /expected a role such as arn:aws:iam::/],
      [{ awsImport: 'ftp' }, /expected ebs or s3, found "ftp"/],
      [{ awsImport: 's3' }, /needs a bucket/],
      [{ runnerAddress: 'here' }, /expected an IPv4 address or block/],
    ],
    tap,
    creates: [
      'ebs StartSnapshot',
      'ec2 RegisterImage',
      'ec2 CreateSecurityGroup',
      'ec2 ImportKeyPair',
      'scheduler CreateSchedule',
      'ec2 RunInstances',
    ],
    tagged: () =>
      new Map(
        [...ec2.things.values()].map(thing => [
          own(thing.id, thing.kind),
          isSchedule(thing) ? readFactText(thing.body.Description) : Object.fromEntries(thing.tags),
        ]),
      ),
    clutter: () => {
      const group = { kind: 'security-group', name: 'theirs', vpc: 'vpc-1', rules: [], hidden: 0 };
      ec2.add({ ...group, id: newId('sg'), tags: new Map([['team', 'other']]) });
      const odd = new Map([
        ['managed-by', 'kola'],
        ['kola-created', 'yesterday'],
      ]);
      ec2.add({ ...group, name: 'odd', id: newId('sg'), tags: odd });
    },
    userDataOf: ({ platformId }) => {
      const instance = ec2.things.get(platformId) as Instance | undefined;
      return Buffer.from(instance?.userData ?? '', 'base64').toString('utf8');
    },
    userDataLimit: 16_384,
    secrets: [simulatedCredentials.AWS_SECRET_ACCESS_KEY],
  };
};

describeCloud('aws', underTest);
