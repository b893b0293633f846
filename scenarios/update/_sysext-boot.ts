import { minutes } from '../../src/core/clock.ts';
import { type Scenario, type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import type { OemPath } from '../../src/machine/guest/oem.ts';
import {
  checkLinks,
  olderInRoot,
  preparedByIgnition,
  prepareExtensions,
  runningVersion,
  swapPlaces,
} from '../../src/machine/guest/oem-sysext.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';

type BootSpec = Pick<ScenarioSpec, 'name' | 'description' | 'versions'> & { readonly oem: OemPath };

/** The boot takes the extensions of the running version, wherever those of the version before lay. */
export const extensionBoot = ({ oem, ...spec }: BootSpec): Scenario =>
  scenario({
    ...spec,
    tags: ['update', 'sysext', 'oem', 'reboot'],
    platforms: local,
    needs: { capabilities: ['oem-sysext', 'oem-btrfs'], machines: 1, coldBoot: true },
    timeout: minutes(15),
    machines: [],
    run: async t => {
      const machine = await t.provision('without-ignition');
      const version = await runningVersion(machine);
      t.match('version-known', version, /^\d+\.\d+\.\d+/);
      await prepareExtensions(machine, oem, version);
      await machine.reboot();
      await checkLinks(t, machine, { oem, version, when: 'older-in-root' });
      await swapPlaces(machine, oem, version);
      await machine.reboot();
      await checkLinks(t, machine, { oem, version, when: 'older-on-oem' });
      const moved = (await machine.try(`test -e ${olderInRoot}`)).code;
      t.equal('older-moved', moved, 0, `test -e ${olderInRoot}`);
      await t.destroy(machine);
      const second = await t.provision('with-ignition', preparedByIgnition(oem, version));
      await checkLinks(t, second, { oem, version, when: 'by-ignition' });
    },
  });
