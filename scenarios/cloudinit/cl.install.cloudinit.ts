import { scenario } from '../../src/core/scenario.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';

export default scenario({
  name: 'cl.install.cloudinit',
  description: 'The cloud-config that the installer leaves on the disk is honoured beside Ignition',
  tags: ['cloudinit'],
  platforms: { except: ['azure'] },
  needs: { capabilities: ['coreos-cloudinit'] },
  userData: ignition(
    {
      files: [file('/var/lib/flatcar-install/user_data', '#cloud-config\nhostname: "cloud-config-worked"\n')],
    },
    '2.0',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the host name is changed after boot',
    commands: ['sudo hostnamectl set-hostname elsewhere'],
    fails: { check: 'hostname' },
  },
  run: async t => {
    t.equal('hostname', await t.machine.run('hostname'), 'cloud-config-worked', 'hostname');
  },
});
