import { afterAll, beforeAll, vi } from 'vitest';
import { platform } from '../../platforms/equinixmetal/index.ts';
import { simulatedCredentials, startMetal } from '../support/clouds/equinixmetal/index.ts';
import { PlayedHardware } from '../support/clouds/equinixmetal/played-hardware.ts';
import { hastyClock } from '../support/clouds/hasty-clock.ts';
import { bootSectorImage, greeting } from './boot-sector.ts';
import { type CloudUnderTest, describeCloud } from './cloud-contract.ts';

beforeAll(() => {
  for (const [name, value] of Object.entries(simulatedCredentials)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

const underTest = async (): Promise<CloudUnderTest> => {
  const hardware = new PlayedHardware();
  const { url, sos, metal, tap, close } = await startMetal(hardware);
  metal.settings.pace = 2;
  metal.settings.pageSize = 2;
  return {
    definition: platform,
    arch: 'amd64',
    options: { equinixmetalEndpoint: url, equinixmetalSos: sos },
    image: bootSectorImage,
    greeting,
    clock: hastyClock(),
    census: async () => metal.census(),
    murder: machine => metal.remove(machine.platformId),
    end: close,
    badOptions: [
      [{ equinixmetalPlan: '' }, /expected plans, found nothing/],
      [{ equinixmetalEndpoint: 'localhost:5000' }, /expected a URL such as http/],
      [{ equinixmetalInstallTimeout: 'soon' }, /expected minutes such as 45, found "soon"/],
      [{ equinixmetalServe: 'http://here/' }, /expected HOST or HOST:PORT/],
      [{ equinixmetalReuse: 'maybe' }, /expected yes or no, found "maybe"/],
      [{ runnerAddress: 'here' }, /expected an IPv4 address or block/],
    ],
    tap,
    creates: ['metal CreateSshKey', 'metal CreateDevice'],
    tagged: () =>
      new Map(
        [...metal.things.values()].map(({ kind, id, tags }) => [
          `${kind} ${id}`,
          Object.fromEntries(tags.map(tag => tag.split('=', 2))),
        ]),
      ),
    clutter: () => {
      const key = { kind: 'ssh-key', label: 'theirs', key: 'ssh-ed25519 AAAA' } as const;
      metal.things.set('k-1', { ...key, id: 'k-1', tags: ['team=other', 'plain'] });
      metal.things.set('k-2', { ...key, id: 'k-2', tags: ['managed-by=kola', 'kola-created=yesterday'] });
    },
    userDataOf: ({ platformId }) =>
      hardware.installations.findLast(({ device }) => device === platformId)?.userData ?? 'not installed',
    userDataLimit: 1024 * 1024,
    secrets: [simulatedCredentials.METAL_AUTH_TOKEN],
    imageStore: false,
  };
};

// The vendor's description went with its service.
describeCloud('equinixmetal', underTest, false);
