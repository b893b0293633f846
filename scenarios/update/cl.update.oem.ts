import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { buildCache } from '../../src/machine/guest/build-cache.ts';
import { checkNoDenials } from '../../src/machine/guest/denials.ts';
import { runningVersion } from '../../src/machine/guest/oem-sysext.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { checkBootedFrom } from '../../src/machine/guest/slots.ts';
import { parseSysextStatus } from '../../src/machine/guest/sysext.ts';
import { offerPayload } from '../../src/machine/guest/update-engine.ts';
import { file, filesystem, ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';
import { updateToB } from './_both-slots.ts';

/** Belong to Azure's OEM as it once was, and are on its list of what to clean up. */
const leftovers = ['/oem/python/shouldbedeleted', '/etc/systemd/system/waagent.service'];
const marker = '/oem/sysext/active-oem-azure';
const extension = 'flatcar-tools';

const oldAzure = ignition(
  {
    filesystems: [
      filesystem('/dev/disk/by-label/OEM', 'ext4', { path: '/usr/share/oem', wipeFilesystem: false }),
    ],
    files: [
      file('/usr/share/oem/oem-release', 'ID=azure\n', { overwrite: true }),
      file('/usr/share/oem/python/shouldbedeleted', 'of the OEM as it once was\n'),
      file(
        '/etc/systemd/system/waagent.service',
        '[Service]\nExecStart=/bin/echo of the OEM as it once was\n',
      ),
    ],
    units: [unit('chronyd.service', { mask: true })],
  },
  '2.3',
);

export default scenario({
  name: 'cl.update.oem',
  description: 'A machine with an OEM of old moves to that OEM as a system extension when it is updated',
  tags: ['update', 'oem', 'sysext', 'internet', 'reboot'],
  platforms: local,
  needs: {
    capabilities: ['ab-slots', 'update-engine', 'flatcar-update', 'oem-sysext'],
    services: ['omaha'],
    coldBoot: true,
    external: ['internet'],
  },
  allow: { rules: ['selinux-denial'] },
  timeout: minutes(45),
  userData: oldAzure,
  run: async t => {
    const { machine } = t;
    const there = async (path: string): Promise<boolean> => (await machine.try(`test -e ${path}`)).code === 0;
    const omaha = await offerPayload(t);
    await updateToB(t, omaha);
    const version = await runningVersion(machine);
    for (const path of leftovers)
      t.equal(`not-yet-migrated-${path}`, await there(path), true, `${path} exists`);
    t.equal('not-yet-active', await there(marker), false, `${marker} exists`);
    t.equal(
      'extension-at-hand',
      await there(`/oem/sysext/oem-azure-${version}.raw`),
      true,
      'the extension is there',
    );
    await checkNoDenials(t, machine, 'after-first-update');

    const payload = t.updatePayload ?? t.fail('no update payload was given');
    await machine.upload(payload, '/var/tmp/update.gz');
    const parts = ['oem-azure', extension].map(name => `flatcar_test_update-${name}.gz`);
    for (const part of parts)
      await machine.run(
        `curl --fail --silent --show-error --location --retry 5 --output /var/tmp/${part} ${buildCache(t.arch, version)}/${part}`,
        { timeout: minutes(10) },
      );
    await machine.run(
      `sudo flatcar-update --to-version ${version} --to-payload /var/tmp/update.gz ${parts.map(part => `--extension /var/tmp/${part}`).join(' ')} --disable-afterwards --force-dev-key`,
      { timeout: minutes(15) },
    );
    await machine.reboot();
    await checkBootedFrom(t, 'updated-on-a', 'USR-A');
    for (const path of leftovers) t.equal(`migrated-${path}`, await there(path), false, `${path} exists`);
    t.equal('active', await there(marker), true, `${marker} exists`);
    // Both, not one of them.
    const merged = parseSysextStatus(await machine.run('systemd-sysext status --json=pretty'))['/usr'] ?? [];
    t.ok('oem-merged', merged.includes('oem-azure'), `oem-azure is not among ${merged.join(', ')}`);
    const carried = await machine.run(`ls /etc/flatcar/sysext /etc/extensions`);
    t.ok('extension-carried', carried.includes(extension), `${extension} was not installed: ${carried}`);
    await checkNoDenials(t, machine, 'after-second-update');
  },
});
