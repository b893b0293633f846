import { scenario } from '../../src/core/scenario.ts';

const managers =
  'apt apt-get aptitude dpkg rpm dnf yum microdnf tdnf zypper emerge ebuild qmerge pacman apk opkg snap flatpak nix-env brew pip pip3 gem npm cpan';

export default scenario({
  name: 'docs.no-package-manager',
  description: 'There is no program that installs packages on the machine',
  tags: ['docs', 'promises'],
  share: 'reads',
  sabotage: {
    kind: 'guest',
    fault: 'somebody brought a package manager',
    commands: ['sudo mkdir -p /opt/bin', 'sudo cp /usr/bin/true /opt/bin/zypper'],
    fails: { check: 'none' },
  },
  run: async t => {
    const found = await t.machine.run(
      `for folder in /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /bin /sbin /opt/bin $(sudo sh -c 'echo $PATH' | tr : ' '); do for name in ${managers} sh; do [ ! -x "$folder/$name" ] || echo "$name"; done; done | sort -u`,
    );
    const programs = found.split('\n');
    // A search that does not even find the shell says nothing.
    t.ok('search-works', programs.includes('sh'), 'the search does not find sh');
    t.equal(
      'none',
      programs.filter(name => name !== 'sh'),
      [],
      'package managers',
    );
  },
});
