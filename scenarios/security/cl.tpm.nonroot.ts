import { checkEncrypted, dataPath, encryptedData } from '../../src/machine/guest/encrypted-volume.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { tpmScenario } from './_tpm.ts';

export default tpmScenario({
  name: 'cl.tpm.nonroot',
  description: 'An encrypted data volume that clevis binds to the TPM is opened at boot',
  capabilities: ['luks', 'clevis'],
  userData: ignition(encryptedData({ clevis: { tpm2: true } }, false), '3.3'),
  run: t => checkEncrypted(t, t.machine, dataPath),
});
