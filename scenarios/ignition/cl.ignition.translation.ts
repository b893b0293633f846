import { scenario } from '../../src/core/scenario.ts';
import { ipv4Addresses } from '../../src/machine/guest/network.ts';
import { localAndAzure } from '../../src/machine/guest/platform-sets.ts';
import { file, ignition, link } from '../../src/machine/user-data/ignition/builders.ts';

/** Of a range that is kept for documentation: the machine's own network may be anything else. */
const address = '198.51.100.1';

const netdev = `[NetDev]
Name=kola
Kind=dummy
`;

const network = `[Match]
Name=kola
Type=!vlan bond bridge

[Network]
Address=${address}/24
`;

export default scenario({
  name: 'cl.ignition.translation',
  description:
    'A 2.3 config with network files, and a link whose path begins like that of a file, is applied',
  tags: ['ignition', 'network'],
  platforms: localAndAzure,
  needs: { capabilities: ['networkd'] },
  userData: ignition(
    {
      files: [
        file('/etc/systemd/network/00-dummy.netdev', netdev),
        file('/etc/systemd/network/00-dummy.network', network),
        file('/testdir/hello-world', 'hello\n'),
      ],
      links: [link('/testdir/hello', '/testdir/hello-world')],
    },
    '2.3',
  ),
  sabotage: {
    kind: 'guest',
    fault: 'the link leads to another file',
    commands: ['sudo ln -sfn /usr/lib/os-release /testdir/hello'],
    fails: { check: 'link' },
  },
  run: async t => {
    t.equal('link', await t.machine.run('cat /testdir/hello'), 'hello', 'file behind /testdir/hello');
    await t.check('address', () =>
      t.eventually(`${address} on interface kola`, async () => {
        const { code, stdout } = await t.machine.try('ip -json address show kola');
        return code === 0 && ipv4Addresses(stdout).includes(address) ? true : undefined;
      }),
    );
    t.match(
      'exclamation-mark',
      await t.machine.read('/etc/systemd/network/00-dummy.network'),
      /^Type=!vlan bond bridge$/m,
    );
  },
});
