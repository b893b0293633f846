import { scenario } from '../../src/core/scenario.ts';
import { buildCache } from '../../src/machine/guest/build-cache.ts';
import { runningVersion } from '../../src/machine/guest/oem-sysext.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';

const link = '/etc/extensions/oem-qemu.raw';

/** MD5 of the key that developers' builds carry: the initrd accepts what it downloads by that of its own /usr. */
const developmentKey = '7192addf4a7f890c0057d21653eff2ea';

export default scenario({
  name: 'cl.sysext.fallbackdownload',
  description: 'The boot downloads the extension of the OEM when it is nowhere on the disk',
  tags: ['update', 'sysext', 'oem', 'internet', 'reboot'],
  platforms: local,
  versions: { from: '3620.0.0' },
  needs: { capabilities: ['oem-sysext', 'update-engine'], external: ['internet'], coldBoot: true },
  run: async t => {
    const { machine } = t;
    const version = await runningVersion(machine);
    const key = await machine.run('md5sum /usr/share/update_engine/update-payload-key.pub.pem');
    if (key.split(' ', 1)[0] !== developmentKey) t.skip('the image is no development build');
    const published = await machine.run(
      `curl --silent --head --output /dev/null --max-time 30 --write-out '%{http_code}' ${buildCache(t.arch, version)}/version.txt`,
    );
    if (published !== '200') t.skip(`the build ${version} is not published (status ${published})`);
    t.equal('absent-at-first', (await machine.try(`test -e ${link}`)).code, 1, `test -e ${link}`);
    await machine.run('sudo mkdir -p /oem/sysext && sudo touch /oem/sysext/active-oem-qemu');
    await machine.run('echo ID=qemu | sudo tee /oem/oem-release >/dev/null');
    await machine.reboot();
    t.equal('downloaded', (await machine.try(`test -e ${link}`)).code, 0, `test -e ${link}`);
    t.ok(
      'not-empty',
      Number(await machine.run(`stat -L -c %s ${link}`)) > 0,
      `${link} leads to an empty file`,
    );
  },
});
