import { scenario } from '../../src/core/scenario.ts';
import { checkResources, fixture, fixtureHost, resourceFiles } from '../../src/machine/guest/fixtures.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';

const contents = 'kola-anonymous';

export default scenario({
  name: 'coreos.ignition.resource.remote',
  description: 'Ignition fetches files from the internet by HTTP, HTTPS and S3, without being anybody',
  tracker: 'https://github.com/coreos/bugs/issues/2205',
  tags: ['ignition', 'network', 'internet'],
  platforms: { except: ['digitalocean'] },
  needs: { external: ['internet', fixtureHost], coldBoot: true },
  userData: ignition(
    {
      files: resourceFiles({
        http: fixture.http('anonymous'),
        https: fixture.https('anonymous'),
        's3-anon': fixture.s3('anonymous'),
      }),
    },
    '2.1',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'a fetched file is emptied',
    commands: ['sudo truncate --size 0 /var/resource/http'],
    fails: { check: 'http' },
  },
  run: t => checkResources(t, { http: contents, https: contents, 's3-anon': contents }),
});
