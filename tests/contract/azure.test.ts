import { afterAll, beforeAll, vi } from 'vitest';
import { platform } from '../../platforms/azure/index.ts';
import { simulatedCredentials, startAzure } from '../support/clouds/azure/index.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { PlayedGuests } from '../support/clouds/played-guests.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type CloudUnderTest, describeCloud } from './cloud-contract.ts';

beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const underTest = async (): Promise<CloudUnderTest> => {
  const azure = await startAzure(new PlayedGuests());
  const { arm, tap } = azure;
  arm.settings.pace = 1;
  return {
    definition: platform,
    arch: 'amd64',
    options: { azureEndpoint: azure.url, azureCaFile: azure.caFile },
    image: bootSectorImage,
    greeting,
    clock: hastyClock(),
    census: async () => arm.census(),
    murder: machine => arm.murder(machine.platformId),
    end: () => azure.close(),
    badOptions: [
      [{ azureSubscription: 'mine' }, /expected the id of a subscription, a UUID, found "mine"/],
      [{ azureLocation: 'West Europe' }, /expected a location such as westeurope/],
      [{ azureDiskUri: 'my-image' }, /expected the id of an image such as \/subscriptions/],
      [{ azureHyperVGeneration: 'V3' }, /expected V1 or V2, found "V3"/],
      [{ azureEndpoint: 'http://127.0.0.1:1' }, /expected an https URL/],
    ],
    tap,
    creates: [
      'arm resourceGroups.createOrUpdate',
      'compute disks.createOrUpdate',
      'compute images.createOrUpdate',
      'network networkSecurityGroups.createOrUpdate',
      'network virtualNetworks.createOrUpdate',
      'compute virtualMachines.createOrUpdate',
    ],
    tagged: () =>
      new Map([
        ...[...arm.groups.values()].map(({ name, tags }) => [`group ${name}`, tags] as const),
        ...[...arm.resources.values()].map(
          ({ type, group, name, body }) => [`${type} ${group}/${name}`, body.tags ?? {}] as const,
        ),
      ]),
    clutter: () => {
      arm.groups.set('theirs', { name: 'theirs', tags: { team: 'other' } });
      arm.groups.set('odd', { name: 'odd', tags: { 'managed-by': 'kola', 'kola-created': 'yesterday' } });
    },
    userDataOf: ({ platformId }) => {
      const { userData = '' } = arm.machine(platformId).body.properties ?? {};
      return Buffer.from(userData, 'base64').toString('utf8');
    },
    userDataLimit: 65_536,
    secrets: [simulatedCredentials.AZURE_ACCESS_TOKEN],
  };
};

describeCloud('azure', underTest);
