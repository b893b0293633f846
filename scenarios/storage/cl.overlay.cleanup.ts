import { scenario } from '../../src/core/scenario.ts';
import { copiedUp, lookBelow, pathsOfOverlay } from '../../src/machine/guest/etc-overlay.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';

/** What the image brings and nobody has changed: it must not lie in the overlay. */
const untouched = ['hosts', 'security', 'profile.d', 'shells', 'os-release'];

/** Changes that have to last, and copies that equal the image's own and have to go. */
const change = `set -e
rm -rf /etc/sssd && mkdir -m 0700 /etc/sssd
rm -rf /etc/kexec.conf /etc/wireguard
cp -a /etc/bash /tmp/kola-bash && rm -rf /etc/bash && cp -a /tmp/kola-bash /etc/bash && echo hello >/etc/bash/hello
rm /etc/resolv.conf
`;

/** Puts copies of what the image brings into the upper layer itself. */
const plant = (upper: string): string =>
  `cd /usr/share/flatcar/etc && cp -a --parents ${untouched.join(' ')} ${upper}/`;

export default scenario({
  name: 'cl.overlay.cleanup',
  description: 'The overlay of /etc holds what was changed, and loses copies of what the image brings',
  tags: ['storage', 'reboot'],
  platforms: localAndAzure,
  versions: { from: '3530.0.0' },
  needs: { capabilities: ['etc-overlay', 'etc-overlay-cleanup'], coldBoot: true },
  run: async t => {
    const { machine } = t;
    const upper =
      pathsOfOverlay(await machine.run('cat /proc/self/mountinfo')) ?? t.fail('/etc is no overlay');
    const below = async (): Promise<readonly string[]> =>
      copiedUp(await machine.run(lookBelow(upper.upperdir)));
    const planted = (found: readonly string[]): readonly string[] =>
      found.filter(name => untouched.includes(name));
    t.equal('untouched-at-first', planted(await below()), [], 'copies in the overlay');
    await machine.run('sudo bash -s', { input: change });
    await machine.run(lookBelow(upper.upperdir, plant(upper.upperdir)));
    t.equal('planted', planted(await below()).toSorted(), untouched.toSorted(), 'copies in the overlay');
    await machine.reboot();
    const after = await below();
    t.equal('copies-gone', planted(after), [], 'copies in the overlay');
    const exists = async (path: string): Promise<boolean> =>
      (await machine.try(`sudo test -e ${path}`)).code === 0;
    for (const path of ['/etc/sssd/sssd.conf', '/etc/kexec.conf', '/etc/wireguard'])
      t.equal(`still-deleted-${path}`, await exists(path), false, `${path} exists`);
    for (const path of ['/etc/sssd', '/etc/bash/hello', '/etc/bash/bashrc'])
      t.equal(`still-there-${path}`, await exists(path), true, `${path} exists`);
    t.equal('resolv-conf-again', await exists('/etc/resolv.conf'), true, '/etc/resolv.conf exists');
    t.ok('resolv-conf-not-copied', !after.includes('resolv.conf'), 'resolv.conf was copied into the overlay');
  },
});
