import { scenario } from '../../src/core/scenario.ts';

const busybox = 'ghcr.io/flatcar/busybox';

export default scenario({
  name: 'cl.internet',
  description: 'Reaches the update service, a registry, names and time servers on the internet',
  tags: ['coretest', 'internet'],
  needs: { external: ['internet'] },
  sabotage: {
    kind: 'guest',
    fault: 'the firewall drops what goes to time servers',
    capabilities: ['iptables'],
    commands: ['sudo iptables -I OUTPUT -p udp --dport 123 -j DROP'],
    fails: { check: 'NTPDate/ntpdate' },
  },
  subtests: [
    {
      name: 'UpdateEngine',
      description: 'update-engine answers',
      needs: { capabilities: ['update-engine'] },
      run: async t => {
        const status = await t.machine.run('update_engine_client -status', { timeout: 20_000 });
        t.match('status', status, /^CURRENT_OP=UPDATE_STATUS_/m);
      },
    },
    {
      name: 'DockerPing',
      description: 'a container reaches a host by name',
      needs: { capabilities: ['docker'], external: ['registry:ghcr.io'] },
      run: async t => {
        const output = await t.machine.run(`docker run --rm ${busybox} ping -c4 flatcar.org`, {
          timeout: 120_000,
        });
        t.match('replies', output, /[1-4] packets received/);
      },
    },
    {
      name: 'DockerEcho',
      description: 'an image is fetched and run',
      needs: { capabilities: ['docker'], external: ['registry:ghcr.io'] },
      run: async t => {
        t.equal(
          'echo',
          await t.machine.run(`docker run --rm ${busybox} echo it works`, { timeout: 120_000 }),
          'it works',
        );
      },
    },
    {
      name: 'NTPDate',
      description: 'a time server answers',
      run: async t => {
        await t.check('ntpdate', () => t.machine.run('ntpdate -d -s -u pool.ntp.org', { timeout: 40_000 }));
      },
    },
  ],
});
