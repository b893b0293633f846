import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { checkRoot, reformattedRoot } from '../../src/machine/guest/root-filesystem.ts';

export default scenario({
  name: 'cl.ignition.v1.xfsroot',
  description: 'Ignition version 1 makes the root filesystem anew as xfs, and the machine boots from it',
  tags: ['ignition', 'storage'],
  platforms: localAndAzure,
  needs: { capabilities: ['xfs'] },
  share: 'reads',
  userData: reformattedRoot('xfs', '1'),
  sabotage: {
    kind: 'guest',
    fault: 'the label ROOT leads to another filesystem',
    commands: ['sudo ln -sfn "$(readlink -f /dev/disk/by-partlabel/EFI-SYSTEM)" /dev/disk/by-label/ROOT'],
    fails: { check: 'root-uuid' },
  },
  run: t => checkRoot(t, 'xfs'),
});
