import { checkEncrypted, encryptedRoot } from '../../src/machine/guest/encrypted-volume.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { lostHeader } from './_plain-root.ts';
import { tpmScenario } from './_tpm.ts';

export default tpmScenario({
  name: 'cl.tpm.root',
  description: 'An encrypted root volume that clevis binds to the TPM is opened at boot',
  capabilities: ['luks', 'clevis', 'clevis-root'],
  userData: ignition(encryptedRoot({ clevis: { tpm2: true } }), '3.3'),
  sabotage: lostHeader,
  run: t => checkEncrypted(t, t.machine, '/'),
});
