import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';
import { behind, here, movePeer, onSecondHost, there } from './_second-host.ts';

const folder = '/etc/systemd/network';

export default scenario({
  name: 'docs.network-config-with-networkd',
  description:
    'A link with an address and a route of its own, written for networkd, carries packets both ways',
  tags: ['docs', 'network'],
  needs: { capabilities: ['networkd'] },
  sabotage: {
    kind: 'guest',
    fault: 'a file that sorts before configures the same link',
    commands: [
      'sudo mkdir -p /etc/systemd/network',
      "printf '[Match]\\nName=kola-near\\n\\n[Network]\\nLinkLocalAddressing=no\\n' | sudo tee /etc/systemd/network/05-other.network",
    ],
    fails: { check: 'packet-in' },
  },
  run: async t => {
    const { machine } = t;
    await machine.write(
      `${folder}/20-kola.netdev`,
      '[NetDev]\nName=kola-near\nKind=veth\n\n[Peer]\nName=kola-far\n',
    );
    await machine.write(
      `${folder}/20-kola.network`,
      `[Match]\nName=kola-near\n\n[Network]\nAddress=${here}/24\nLinkLocalAddressing=no\n\n[Route]\nDestination=203.0.113.0/24\nGateway=${there}\n`,
    );
    await asRoot(machine, ['systemctl restart systemd-networkd.service']);
    await t.eventually('the link', async () =>
      (await machine.try('test -e /sys/class/net/kola-far')).code === 0 ? true : undefined,
    );
    await movePeer(machine);
    const answered = (what: string, command: string): Promise<true> =>
      t.eventually(what, async () => ((await machine.try(command)).code === 0 ? true : undefined));
    await t.check('packet-in', () =>
      answered(`an answer of ${here}`, onSecondHost(`ping -c 1 -W 5 ${here}`)),
    );
    await t.check('packet-routed', () => answered(`an answer of ${behind}`, `sudo ping -c 1 -W 5 ${behind}`));
  },
});
