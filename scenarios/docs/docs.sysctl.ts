import { scenario } from '../../src/core/scenario.ts';
import { keepingFiles } from '../../src/machine/guest/put-back.ts';
import { asRoot } from './_root-script.ts';

const path = '/etc/sysctl.d/80-kola.conf';
const key = 'net.ipv4.icmp_echo_ignore_all';

export default scenario({
  name: 'docs.sysctl',
  description: 'The kernel does as a file in /etc/sysctl.d says: it no longer answers pings',
  tags: ['docs', 'kernel'],
  share: { changes: ['kernel', 'files', 'network'] },
  sabotage: {
    kind: 'guest',
    fault: 'a file that sorts after says otherwise',
    commands: ['sudo mkdir -p /etc/sysctl.d', `echo ${key}=0 | sudo tee /etc/sysctl.d/zz-last.conf`],
    fails: { check: 'silent' },
  },
  run: async t => {
    const { machine } = t;
    const answers = async (): Promise<boolean> =>
      (await machine.try('sudo ping -c 2 -i 0.3 -W 2 127.0.0.1')).code === 0;
    t.ok('answers-before', await answers(), 'expected an answer to a ping before, found none');
    await keepingFiles(machine, [path], async () => {
      await machine.write(path, `${key}=1\n`);
      await asRoot(machine, ['systemctl restart systemd-sysctl.service']);
      try {
        t.ok('silent', !(await answers()), 'the kernel still answers pings');
      } finally {
        await asRoot(machine, [`sysctl -q -w ${key}=0`]);
      }
    });
  },
});
