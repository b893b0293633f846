import { minutes } from '../../src/core/clock.ts';
import type { Sabotage } from '../../src/core/sabotage.ts';
import { type CheckContext, type Scenario, scenario } from '../../src/core/scenario.ts';
import {
  checkEncrypted,
  dataDisk,
  dataPath,
  encryptedData,
  encryptedRoot,
} from '../../src/machine/guest/encrypted-volume.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { type IgnitionParts, ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { lostHeader } from './_plain-root.ts';

/**
 * Flatcar's initrd has a network after the first boot when it is told to. An image without kernel arguments
 * from Ignition that opens such a volume all the same has its own way.
 */
const networkInInitrd = ({ image }: CheckContext): Pick<IgnitionParts, 'kernelArguments'> =>
  image.provides.includes('ignition-kargs') ? { kernelArguments: { shouldExist: ['rd.networkd=1'] } } : {};

/** Of the data volume. */
const unmounted: Sabotage = {
  kind: 'guest',
  fault: 'the volume is not mounted at the next boot',
  commands: ['sudo systemctl disable mnt-data.mount'],
  fails: { says: /block device mounted at \/mnt\/data, found none/ },
};

/** A volume that only opens while a Tang server answers. */
export const tangScenario = (where: 'root' | 'nonroot'): Scenario =>
  scenario({
    name: `cl.tang.${where}`,
    description:
      where === 'root'
        ? 'An encrypted root volume is opened at boot with the help of a Tang server'
        : 'An encrypted data volume is opened at boot with the help of a Tang server',
    tags: ['security', 'storage', 'ignition', 'reboot'],
    platforms: local,
    versions: { from: '3913.0.1' },
    needs: {
      capabilities: where === 'root' ? ['luks', 'clevis', 'clevis-root'] : ['luks', 'clevis'],
      services: ['tang'],
      disks: [dataDisk],
      coldBoot: true,
    },
    timeout: minutes(12),
    sabotage: where === 'root' ? lostHeader : unmounted,
    machines: [],
    run: async t => {
      const tang = await t.services.tang();
      const lock = { clevis: { tang: [{ url: tang.guestUrl, thumbprint: tang.thumbprint }] } };
      const machine = await t.provision(
        'machine',
        where === 'root'
          ? ignition({ ...encryptedRoot(lock), ...networkInInitrd(t) }, '3.3')
          : ignition(encryptedData(lock, true), '3.3'),
      );
      const before = tang.log.mark();
      await checkEncrypted(t, machine, where === 'root' ? '/' : dataPath);
      await t.check('opened-by-server', () => tang.awaitRecovery({ after: before, signal: t.signal }));
    },
  });
