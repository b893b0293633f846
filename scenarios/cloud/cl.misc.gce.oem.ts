import { scenario } from '../../src/core/scenario.ts';
import { checkActive } from '../../src/machine/guest/unit-state.ts';

export default scenario({
  name: 'cl.misc.gce.oem',
  description: "Google's agents run in their container, which was never started again, and the network is up",
  tags: ['cloud', 'gce'],
  platforms: { only: ['gce'] },
  versions: { from: '2801.0.0' },
  run: async t => {
    await checkActive(t, t.machine, 'oem-gce.service');
    const restarts = await t.machine.run('systemctl show oem-gce.service -p NRestarts --value');
    t.equal('never-restarted', restarts, '0', 'starts of oem-gce.service after the first');
    t.equal('network', (await t.machine.try('networkctl status eth0')).code, 0, 'networkctl status eth0');
  },
});
