import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

export default scenario({
  name: 'cl.toolbox.dnf-install',
  description: 'toolbox gives a shell in another distribution, where a program can be installed and run',
  tags: ['misc', 'toolbox', 'internet'],
  platforms: localAndAzure,
  needs: { capabilities: ['toolbox'], external: ['internet', 'registry:registry.fedoraproject.org'] },
  timeout: minutes(15),
  run: async t => {
    await t.check('installs', () =>
      t.machine.run("toolbox sh -c 'dnf install -y tcpdump'", { timeout: minutes(10) }),
    );
    const { stdout, stderr } = await t.machine.try("toolbox sh -c 'tcpdump --version && echo PASS'", {
      timeout: minutes(2),
    });
    t.match('runs', `${stdout}${stderr}`, /^tcpdump version \d/m);
    t.match('ends-well', stdout, /^PASS\s*$/m);
  },
});
