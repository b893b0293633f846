import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { checkNoDenials } from '../../src/machine/guest/denials.ts';
import { dockerInfo } from '../../src/machine/guest/docker-info.ts';
import { dockerDiskOfBtrfs } from '../../src/machine/guest/docker-on-btrfs.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';
import { offerPayload } from '../../src/machine/guest/update-engine.ts';
import { updateToA, updateToB } from './_both-slots.ts';

const [image, container] = ['kola-ls', 'kola-btrfs'];

export default scenario({
  name: 'cl.update.docker-btrfs-compat',
  description:
    'Images and containers that docker keeps on btrfs survive the update to a docker that prefers overlays',
  tags: ['update', 'docker', 'storage', 'reboot'],
  platforms: local,
  versions: { until: '3760.0.0' },
  needs: {
    capabilities: ['ab-slots', 'update-engine', 'docker', 'btrfs'],
    services: ['omaha'],
    coldBoot: true,
  },
  allow: { rules: ['selinux-denial'] },
  timeout: minutes(45),
  userData: dockerDiskOfBtrfs,
  run: async t => {
    const { machine } = t;
    const omaha = await offerPayload(t);
    const driver = async (): Promise<string> => (await dockerInfo(machine)).Driver;
    t.equal('driver-before', await driver(), 'btrfs', 'storage driver');
    // With nothing to lose docker would take another driver without a word.
    await makeScratchImage(machine, image, ['ls']);
    await machine.run(`docker run --name ${container} ${image} ls /`, { timeout: minutes(3) });
    await updateToB(t, omaha);
    await updateToA(t, omaha);
    t.equal('driver-after', await driver(), 'btrfs', 'storage driver');
    const images = await machine.run("docker image ls --format '{{.Repository}}'");
    t.ok('image-kept', images.split('\n').includes(image), `${image} is not among the images ${images}`);
    const containers = await machine.run("docker ps --all --format '{{.Names}}'");
    t.ok(
      'container-kept',
      containers.split('\n').includes(container),
      `${container} is not among ${containers}`,
    );
    await checkNoDenials(t, machine, 'at-last');
  },
});
