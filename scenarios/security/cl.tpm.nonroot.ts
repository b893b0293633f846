import { checkEncrypted, dataPath, encryptedData } from '../../src/machine/guest/encrypted-volume.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { tpmScenario } from './_tpm.ts';

export default tpmScenario({
  name: 'cl.tpm.nonroot',
  description: 'An encrypted data volume that clevis binds to the TPM is opened at boot',
  capabilities: ['luks', 'clevis'],
  userData: ignition(encryptedData({ clevis: { tpm2: true } }, false), '3.3'),
  sabotage: {
    kind: 'guest',
    fault: 'the volume is not mounted at the next boot',
    commands: ['sudo systemctl disable mnt-data.mount'],
    fails: { says: /block device mounted at \/mnt\/data, found none/ },
  },
  run: t => checkEncrypted(t, t.machine, dataPath),
});
