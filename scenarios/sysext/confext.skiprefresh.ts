import { scenario } from '../../src/core/scenario.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';

export default scenario({
  name: 'confext.skiprefresh',
  description: 'The boot merges extensions of /etc once, in the initrd, and /etc stays writable',
  tags: ['sysext'],
  platforms: local,
  versions: { from: '4548.0.0' },
  needs: { capabilities: ['confext', 'etc-overlay'] },
  run: async t => {
    const state = await t.machine.run('systemctl show systemd-confext.service -p LoadState --value');
    t.equal('unit-known', state, 'loaded', 'systemd-confext.service');
    const journal = await t.machine.run('sudo journalctl -b -o cat -u systemd-confext.service');
    const merged = journal.split('\n').filter(line => line.includes('Merged extensions into'));
    t.equal('not-merged-again', merged, [], 'lines of systemd-confext about a merge');
    t.equal(
      'writable',
      (await t.machine.try('findmnt -O rw --target /etc')).code,
      0,
      'findmnt -O rw --target /etc',
    );
  },
});
