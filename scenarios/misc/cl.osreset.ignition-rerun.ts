import { scenario } from '../../src/core/scenario.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';

const made = ['/service-works', '/file-works'];
const kept = ['/etc/keep-me', '/etc/keep-dir/file', '/etc/custom/keep.conf'];
const deleted = ['/etc/delete-me', '/etc/delete-dir/file', '/etc/custom/delete-me'];
const keepPatterns = ['/etc/keep-dir', '/etc/keep-me', "'/etc/custom/keep.*'", '/var/log'];

/** Prints those of the paths that exist, one a line. */
const existing = (paths: readonly string[]): string =>
  `for path in ${paths.join(' ')}; do if [ -e "$path" ]; then echo "$path"; fi; done`;

export default scenario({
  name: 'cl.osreset.ignition-rerun',
  description: 'flatcar-reset makes the machine new but for what is to be kept, and Ignition runs again',
  tags: ['misc', 'ignition', 'reboot'],
  platforms: localAndAzure,
  versions: { from: '3530.0.0' },
  needs: { capabilities: ['flatcar-reset', 'etc-overlay'], coldBoot: true },
  userData: ignition(
    {
      files: [file('/file-works', 'works\n')],
      units: [
        unit('test.service', {
          enabled: true,
          contents:
            '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/touch /service-works\n\n[Install]\nWantedBy=multi-user.target\n',
        }),
      ],
    },
    '3.3',
  ),
  run: async t => {
    const { machine } = t;
    const there = async (paths: readonly string[]): Promise<readonly string[]> =>
      (await machine.run(existing(paths))).split('\n').filter(path => path !== '');
    t.equal('made-at-first', await there(made), made, 'what Ignition makes');
    const enabled = await machine.try('systemctl is-enabled test.service');
    t.equal('enabled-at-first', enabled.stdout.trim(), 'enabled', 'test.service');
    const all = [...kept, ...deleted];
    await machine.run(
      `sudo mkdir -p /etc/keep-dir /etc/delete-dir /etc/custom && sudo touch ${all.join(' ')}`,
    );
    t.equal('prepared', await there(all), all, 'files to keep and to delete');
    const id = await machine.run('cat /etc/machine-id');
    await machine.run(`sudo rm ${made.join(' ')}`);
    await machine.run(`sudo flatcar-reset --keep-machine-id --keep-paths ${keepPatterns.join(' ')}`);
    await machine.reboot();
    t.equal('made-again', await there(made), made, 'what Ignition makes');
    t.equal('kept', await there(kept), kept, 'what was to be kept');
    t.equal('deleted', await there(deleted), [], 'what was not to be kept');
    t.equal('machine-id', await machine.run('cat /etc/machine-id'), id, '/etc/machine-id');
  },
});
