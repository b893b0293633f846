import { scenario } from '../../src/core/scenario.ts';
import { greeting, startGreeter } from './_greeter.ts';
import { asRoot, said } from './_root-script.ts';
import { heardFrom, here, makeSecondHost, onSecondHost } from './_second-host.ts';

const port = 8088;

export default scenario({
  name: 'docs.hardening',
  description: 'With a firewall that is closed but for SSH, other hosts reach sshd and nothing else',
  tags: ['docs', 'security', 'network'],
  needs: { capabilities: ['iptables', 'networkd'] },
  sabotage: {
    kind: 'guest',
    fault: 'a rule before all others lets everything in',
    commands: ['sudo iptables -I INPUT -j ACCEPT'],
    fails: { check: 'closed' },
  },
  run: async t => {
    const { machine } = t;
    await makeSecondHost(machine);
    await startGreeter(machine, port);
    const hears = (at: number): Promise<string> => said(machine, onSecondHost(heardFrom(here, at)));
    t.equal('open-before', await hears(port), greeting, `what port ${port} says to another host before`);
    await asRoot(machine, [
      'iptables -A INPUT -i lo -j ACCEPT',
      'iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
      'iptables -A INPUT -p tcp --dport 22 -j ACCEPT',
      'iptables -P INPUT DROP',
    ]);
    t.equal('closed', await hears(port), '', `what port ${port} says to another host`);
    t.match('ssh-open', await hears(22), /^SSH-2\.0-/, 'what port 22 says to another host');
    t.equal(
      'open-inside',
      await said(machine, heardFrom('127.0.0.1', port)),
      greeting,
      'on the machine itself',
    );
  },
});
