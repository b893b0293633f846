import { scenario } from '../../src/core/scenario.ts';
import { checkResources, fixture, fixtureHost, resourceFiles } from '../../src/machine/guest/fixtures.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';

/** The newest version of the object; the first one was stored before the bucket kept versions, and has none. */
const latest = 'kihPXL28M3YwRrU0Dbjie2Q.xFfmv8hi';

export default scenario({
  name: 'coreos.ignition.resource.s3.versioned',
  description: 'Ignition fetches an older version of an object from S3',
  tracker: 'https://github.com/coreos/bugs/issues/2205',
  tags: ['ignition', 'network', 'internet'],
  platforms: local,
  versions: { from: '1995.0.0' },
  needs: { external: ['internet', fixtureHost], coldBoot: true },
  userData: ignition(
    {
      files: resourceFiles({
        original: `${fixture.http('versioned')}?versionId=null`,
        latest: `${fixture.http('versioned')}?versionId=${latest}`,
      }),
    },
    '2.1',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'a fetched file is emptied',
    commands: ['sudo truncate --size 0 /var/resource/latest'],
    fails: { check: 'latest' },
  },
  run: t => checkResources(t, { original: 'original', latest: 'updated' }),
});
