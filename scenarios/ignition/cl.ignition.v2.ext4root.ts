import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { checkRoot, reformattedRoot } from '../../src/machine/guest/root-filesystem.ts';

export default scenario({
  name: 'cl.ignition.v2.ext4root',
  description: 'Ignition version 2 makes the root filesystem anew as ext4, and the machine boots from it',
  tags: ['ignition', 'storage'],
  platforms: localAndAzure,
  needs: { capabilities: ['ext4'] },
  share: 'reads',
  userData: reformattedRoot('ext4', '2.0'),
  sabotage: {
    kind: 'guest',
    fault: 'the label ROOT leads to another filesystem',
    commands: ['sudo ln -sfn "$(readlink -f /dev/disk/by-partlabel/EFI-SYSTEM)" /dev/disk/by-label/ROOT'],
    fails: { check: 'root-uuid' },
  },
  run: t => checkRoot(t, 'ext4'),
});
