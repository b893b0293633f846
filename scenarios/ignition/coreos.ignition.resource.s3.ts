import { scenario } from '../../src/core/scenario.ts';
import { checkResources, fixture, fixtureHost, resourceFiles } from '../../src/machine/guest/fixtures.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';

/** The config that is merged; whether strangers may read it is looked at as well. */
const config = 'authenticated-var.ign';

/** HTTP status that a stranger gets. That the objects are there at all is shown by the machine having them. */
const stranger = (name: string): string =>
  `curl --silent --output /dev/null --max-time 30 --retry 2 --write-out '%{http_code}' ${fixture.https(name)}`;

export default scenario({
  name: 'coreos.ignition.resource.s3',
  description: "Ignition fetches files and a config from S3 with the machine's own role",
  tags: ['ignition', 'network', 'internet'],
  platforms: { only: ['aws'] },
  needs: { external: ['internet', fixtureHost], coldBoot: true },
  userData: ignition(
    {
      ignition: { config: { merge: [{ source: fixture.s3(config) }] } },
      files: resourceFiles({ 's3-auth': fixture.s3('authenticated') }),
    },
    '2.1',
  ),
  run: async t => {
    await checkResources(t, { 's3-auth': 'kola-authenticated', 's3-config': 'kola-config' });
    for (const name of ['authenticated', config])
      t.equal(`closed-${name}`, await t.machine.run(stranger(name)), '403', `a stranger's GET of ${name}`);
    t.equal(
      'open-anonymous',
      await t.machine.run(stranger('anonymous')),
      '200',
      "a stranger's GET of anonymous",
    );
  },
});
