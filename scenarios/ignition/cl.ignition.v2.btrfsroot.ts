import { scenario } from '../../src/core/scenario.ts';
import { checkRoot, reformattedRoot } from '../../src/machine/guest/root-filesystem.ts';

export default scenario({
  name: 'cl.ignition.v2.btrfsroot',
  description: 'Ignition version 2 makes the root filesystem anew as btrfs, and the machine boots from it',
  tags: ['ignition', 'storage'],
  needs: { capabilities: ['btrfs'] },
  share: 'reads',
  userData: reformattedRoot('btrfs', '2.0'),
  sabotage: {
    kind: 'guest',
    fault: 'the label ROOT leads to another filesystem',
    commands: ['sudo ln -sfn "$(readlink -f /dev/disk/by-partlabel/EFI-SYSTEM)" /dev/disk/by-label/ROOT'],
    fails: { check: 'root-uuid' },
  },
  run: t => checkRoot(t, 'btrfs'),
});
