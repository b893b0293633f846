import { minutes } from '../../src/core/clock.ts';
import type { CheckContext } from '../../src/core/scenario.ts';
import { scenario } from '../../src/core/scenario.ts';
import { dockerVersionOf } from '../../src/machine/guest/licenses.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { ignition } from '../../src/machine/user-data/ignition/builders.ts';
import { withoutExtensions } from './_disable.ts';

const bakery = 'https://github.com/flatcar/sysext-bakery';
/** Pinned, so that a change over there does not fail a release over here. */
const commit = 'e68d2fe25c8412f4774477d1d75c40f615145c46';

/** Builds docker and containerd of a version as extensions, and merges them. */
const build = (version: string, arch: string): string => `set -euo pipefail
cd /home/core/bakery
rm -f *.raw
ARCH=${arch === 'amd64' ? 'x86_64' : 'aarch64'} ONLY_CONTAINERD=1 FORMAT=ext4 ./create_docker_sysext.sh ${version} kola-containerd
ARCH=${arch === 'amd64' ? 'x86_64' : 'aarch64'} ONLY_DOCKER=1 FORMAT=ext4 ./create_docker_sysext.sh ${version} kola-docker
sudo mv kola-containerd.raw kola-docker.raw /etc/extensions/
sudo systemctl restart systemd-sysext
sudo systemctl daemon-reload
sudo systemctl restart containerd.service docker.socket
`;

const checkVersion = async (t: CheckContext, version: string): Promise<void> => {
  await t.machine.run('bash -s', { input: build(version, t.arch), timeout: minutes(10) });
  const server = await t.machine.run("docker version --format '{{.Server.Version}}'", { timeout: 120_000 });
  t.equal(`version-${version}`, server, version, 'version of the daemon');
  const said = await t.machine.run('docker run --rm ghcr.io/flatcar/busybox echo it works', {
    timeout: minutes(3),
  });
  t.equal(`container-${version}`, said, 'it works', 'what the container said');
};

export default scenario({
  name: 'sysext.custom-docker.sysext',
  description: 'Other versions of docker run from extensions that the user builds',
  tags: ['sysext', 'docker', 'internet'],
  platforms: localAndAzure,
  versions: { from: '3761.0.0' },
  needs: {
    capabilities: ['sysext', 'docker-sysext'],
    external: [bakery, 'https://download.docker.com/', 'registry:ghcr.io'],
  },
  timeout: minutes(30),
  userData: ignition({ links: withoutExtensions(['containerd-flatcar', 'docker-flatcar']) }, '3.3'),
  run: async t => {
    t.equal('no-docker', (await t.machine.try('command -v docker')).code, 1, 'command -v docker');
    await t.machine.run(`git clone --quiet ${bakery} bakery && git -C bakery checkout --quiet ${commit}`, {
      timeout: minutes(5),
    });
    await checkVersion(t, '20.10.21');
    const licenses = await t.machine.run('bzcat /usr/share/licenses/licenses.json.bz2');
    await checkVersion(t, dockerVersionOf(licenses) ?? t.fail('licenses.json names no docker'));
  },
});
