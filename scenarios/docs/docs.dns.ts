import { scenario } from '../../src/core/scenario.ts';
import { nameServerScript } from './_name-server.ts';
import { asRoot } from './_root-script.ts';

const server = '127.0.0.60';
const name = 'printer.kola.example';
const address = '203.0.113.7';

export default scenario({
  name: 'docs.dns',
  description: 'Programs find names that only a name server from resolved.conf knows',
  tags: ['docs', 'network'],
  needs: { capabilities: ['resolved', 'socat'] },
  sabotage: {
    kind: 'guest',
    fault: 'a later drop-in empties the list of servers',
    commands: [
      'sudo mkdir -p /etc/systemd/resolved.conf.d',
      "printf '[Resolve]\\nDNS=\\n' | sudo tee /etc/systemd/resolved.conf.d/zz-none.conf",
    ],
    fails: { check: 'found' },
  },
  run: async t => {
    const { machine } = t;
    const lookUp = async (): Promise<string> =>
      (await machine.try(`timeout 30 getent ahostsv4 ${name}`)).stdout.split(/\s/)[0] ?? '';
    await machine.write('/opt/kola/name-server', nameServerScript(address), { mode: 0o755 });
    await asRoot(machine, [
      `systemd-run --quiet --unit=kola-name-server socat UDP4-RECVFROM:53,bind=${server},fork EXEC:/opt/kola/name-server`,
    ]);
    await machine.write(
      '/etc/systemd/resolved.conf.d/10-kola.conf',
      `[Resolve]\nDNS=${server}\nDomains=~kola.example\nDNSSEC=no\n`,
    );
    await asRoot(machine, ['systemctl restart systemd-resolved.service']);
    await t.check('found', () =>
      t.eventually(`the address of ${name}`, async () => ((await lookUp()) === address ? true : undefined)),
    );
    // A slow machine answers after resolved has given up, and puts the next try into a later second.
    await t.check('found-by-resolved', () =>
      t.eventually(`${address} for ${name} from resolvectl`, async () => {
        const { stdout } = await machine.try(`resolvectl query --legend=no ${name}`);
        return stdout.includes(address) ? true : undefined;
      }),
    );
  },
});
