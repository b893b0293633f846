import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { type Denial, denialText, parseDenials } from '../../src/machine/guest/avc.ts';
import { isAtLeast } from '../../src/machine/guest/image-version.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { makeScratchImage } from '../../src/machine/guest/scratch-image.ts';

const image = 'kola-sh';
const run = (mount: string, command: string): string =>
  `docker run --rm --volume ${mount} ${image} sh -c '${command}'`;

/**
 * Whether it is the denial that writing into an unlabelled folder must cause. Since 3510.4 containers run as
 * `container_t` and the folder is seen through the overlay of /etc; before, it was a type of its own and the disk.
 */
export const isExpectedDenial = ({ permissions, fields }: Denial): boolean =>
  permissions.includes('write') &&
  fields.comm === 'sh' &&
  fields.name === 'misc' &&
  fields.tclass === 'dir' &&
  fields.permissive === '0' &&
  /^(?:overlay|[vs]da\d+|nvme\S+)$/.test(fields.dev ?? '') &&
  /^system_u:system_r:(?:container_t|svirt_lxc_net_t):s0:c\d+,c\d+$/.test(fields.scontext ?? '') &&
  /^(?:system|unconfined)_u:object_r:etc_t:s0$/.test(fields.tcontext ?? '');

export default scenario({
  name: 'docker.selinux',
  description: 'SELinux keeps a container out of a folder of the host until the folder is given to it',
  tags: ['docker', 'security'],
  platforms: localAndAzure,
  versions: { from: '2942.0.0' },
  needs: { capabilities: ['docker', 'selinux', 'selinux-containers'] },
  allow: { rules: ['selinux-denial'] },
  timeout: minutes(10),
  run: async t => {
    const { machine } = t;
    await makeScratchImage(machine, image, ['sh', 'true']);
    await machine.run('sudo setenforce 0 && sudo mkdir -p /etc/misc');
    await t.check('permissive-mount', () => machine.run(run('/etc/misc:/opt', 'true'), { timeout: 180_000 }));
    await machine.run('sudo setenforce 1');
    const since = await machine.run('date +%s');
    const refused = await machine.try(run('/etc/misc:/opt', 'echo world >/opt/hello'), { timeout: 180_000 });
    t.ok('write-refused', refused.code !== 0, 'the container wrote to a folder that was not given to it');
    const log = await machine.run(`sudo journalctl --since @${since} -o cat`);
    const denials = parseDenials(log);
    const texts = denials.map(denialText).join('; ');
    t.ok('denial-logged', denials.some(isExpectedDenial), `no such denial in the journal, only: ${texts}`);
    // Older policies deny docker itself this and that on the way.
    if (isAtLeast(t.image, '4208.0.0')) t.equal('no-other-denial', denials.length, 1, `denials (${texts})`);
    await t.check('relabelled-write', () =>
      machine.run(run('/etc/misc:/opt:z', 'echo world >/opt/hello'), { timeout: 180_000 }),
    );
    t.equal('written', await machine.run('cat /etc/misc/hello'), 'world', '/etc/misc/hello');
  },
});
