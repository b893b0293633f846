import { checkEncrypted, rootBindings } from '../../src/machine/guest/encrypted-volume.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { enrolledRoot } from './_cryptenroll.ts';
import { forgetfulTpm } from './_plain-root.ts';
import { tpmScenario } from './_tpm.ts';

export default tpmScenario({
  name: 'cl.tpm.root-cryptenroll',
  description: 'An encrypted root volume whose key is replaced by the TPM at first boot is opened at boot',
  capabilities: ['luks', 'cryptenroll-root'],
  userData: ignition(enrolledRoot, '3.3'),
  sabotage: forgetfulTpm,
  run: async t => {
    t.equal('bound', (await rootBindings(t.machine)).length, 1, 'bindings of the root volume to the TPM');
    t.equal(
      'key-gone',
      (await t.machine.try('sudo test -e /etc/luks/rootencrypted')).code,
      1,
      'key file on the disk',
    );
    await checkEncrypted(t, t.machine, '/');
  },
});
