import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { devFolder, devImage, prepareDevcontainer } from '../../src/machine/guest/devcontainer.ts';
import { runningVersion } from '../../src/machine/guest/oem-sysext.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { findExtension, parseSysextStatus } from '../../src/machine/guest/sysext.ts';

const name = 'oem-test';
const content = '/usr/share/kola-custom-oem/file';

/** Runs in the developer container, which has mksquashfs. */
const makeExtension = (version: string, id: string, arch: string): string => `#!/bin/bash
set -euo pipefail
root=$(mktemp -d)
mkdir -p "$root$(dirname ${content})" "$root/usr/lib/extension-release.d"
echo '${id}' >"$root${content}"
printf '%s\\n' ID=flatcar 'VERSION_ID=${id}' 'ARCHITECTURE=${arch === 'amd64' ? 'x86-64' : 'arm64'}' >"$root/usr/lib/extension-release.d/extension-release.${name}"
mksquashfs "$root" '/work/${name}-${version}.raw' -all-root -noappend
`;

export default scenario({
  name: 'sysext.custom-oem',
  description: 'An OEM that somebody makes for themselves is merged as a system extension',
  tags: ['sysext', 'oem', 'internet', 'reboot'],
  platforms: local,
  versions: { from: '3603.0.0' },
  needs: {
    capabilities: ['sysext', 'oem-sysext', 'flatcar-reset', 'nspawn', 'developer-container'],
    external: ['internet', 'https://bincache.flatcar-linux.net/'],
    primaryDiskExtraMiB: 5 * 1024,
    coldBoot: true,
  },
  timeout: minutes(45),
  run: async t => {
    const { machine } = t;
    await prepareDevcontainer(t, machine);
    const version = await runningVersion(machine);
    const id = await machine.run('. /usr/lib/os-release && printf %s "$VERSION_ID"');
    await machine.write(`${devFolder}/make`, makeExtension(version, id, t.arch), { mode: 0o755 });
    await machine.run(
      `sudo systemd-nspawn --quiet --console=pipe --bind-ro=${devFolder}/make:/make --bind=${devFolder}/src:/work --image=${devImage} --machine=flatcar-developer-container /bin/bash /make`,
      { timeout: minutes(10) },
    );
    await machine.run(
      [
        'if [ -e /oem/oem-release ]; then sudo sed -i "s/^ID=.*/ID=test/" /oem/oem-release',
        "else printf '%s\\n' ID=test VERSION_ID=1.0.0 NAME=test | sudo tee /oem/oem-release >/dev/null; fi",
      ].join('; '),
    );
    await machine.run(
      `sudo mkdir -p /oem/sysext && sudo mv ${devFolder}/src/${name}-${version}.raw /oem/sysext/`,
    );
    await machine.run(`sudo touch /oem/sysext/active-${name}`);
    await machine.run('sudo flatcar-reset --keep-machine-id --keep-paths /var/log');
    await machine.reboot();
    const link = `/etc/extensions/${name}.raw`;
    const found = findExtension(await machine.run('systemd-sysext list --json=pretty'), name);
    t.equal('type', found?.type, 'raw', `type of ${name}`);
    const target = await machine.run(`readlink -f ${link}`);
    t.ok('path', found?.path === link || found?.path === target, `${name} is read from ${found?.path}`);
    const merged = parseSysextStatus(await machine.run('systemd-sysext status --json=pretty'))['/usr'] ?? [];
    t.ok('merged', merged.includes(name), `${name} is not among ${merged.join(', ')}`);
    t.equal('content', await machine.run(`cat ${content}`), id, content);
  },
});
