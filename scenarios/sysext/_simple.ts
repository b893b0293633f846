import type { ImageManifest } from '../../src/core/image.ts';
import { type Scenario, type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import type { OemPath } from '../../src/machine/guest/oem.ts';
import { file, ignition } from '../../src/machine/user-data/ignition/builders.ts';

type SimpleSpec = Pick<ScenarioSpec, 'name' | 'description' | 'platforms' | 'versions'> & {
  readonly oem: OemPath;
};

const folder = '/etc/extensions/test';

/**
 * A folder as extension for the operating system of an image. What counts is the level; a system that states none
 * compares its version, which says nothing where there is a level.
 */
const extension = ({ osRelease, version }: Pick<ImageManifest, 'osRelease' | 'version'>) => {
  const release = [
    `ID=${osRelease.id}`,
    'SYSEXT_LEVEL=1.0',
    `VERSION_ID=${version.replace(/[+-].*$/, '')}`,
    '',
  ];
  return ignition(
    {
      files: [
        file(`${folder}/usr/lib/extension-release.d/extension-release.test`, release.join('\n')),
        file(`${folder}/usr/hello-sysext`, 'sysext works\n'),
      ],
    },
    '2.3',
  );
};

/** A folder below /etc/extensions is part of /usr at boot and after a refresh, and the OEM partition stays in its place. */
export const simpleExtension = ({ oem, ...spec }: SimpleSpec): Scenario =>
  scenario({
    ...spec,
    tags: ['sysext'],
    needs: { capabilities: ['sysext'] },
    sabotage: {
      kind: 'guest',
      fault: 'the extension is taken out of /usr',
      commands: ['sudo systemd-sysext unmerge'],
      fails: { says: /hello-sysext/ },
    },
    machines: [],
    run: async t => {
      const machine = await t.provision('machine', extension(t.image));
      const look = async (when: string): Promise<void> => {
        t.equal(
          `merged-${when}`,
          await machine.run('cat /usr/hello-sysext'),
          'sysext works',
          '/usr/hello-sysext',
        );
        const partition = '/dev/disk/by-label/OEM';
        if ((await machine.try(`test -e ${partition}`)).code !== 0) return;
        await machine.run(`ls ${oem} >/dev/null`);
        const places = await machine.run(`findmnt -n -o TARGET --source "$(readlink -f ${partition})"`);
        t.equal(`oem-${when}`, places.split('\n'), [oem], 'places where the OEM partition is mounted');
      };
      await look('at-boot');
      await machine.run('sudo systemctl restart systemd-sysext.service');
      await look('after-refresh');
    },
  });
