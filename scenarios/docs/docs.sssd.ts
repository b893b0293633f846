import { scenario } from '../../src/core/scenario.ts';
import { asRoot } from './_root-script.ts';

const config = `[sssd]
services = nss
domains = kola

[domain/kola]
id_provider = proxy
proxy_lib_name = files
`;

export default scenario({
  name: 'docs.sssd',
  description: 'SSSD answers who a user is from the domain that its configuration names',
  tags: ['docs', 'security', 'users'],
  needs: { capabilities: ['sssd'] },
  sabotage: {
    kind: 'guest',
    fault: 'a later file of the configuration makes the domain an empty one',
    commands: [
      'sudo mkdir -p /etc/sssd/conf.d',
      "printf '[domain/kola]\\nmin_id = 60000\\n' | sudo tee /etc/sssd/conf.d/zz-last.conf",
      'sudo chmod 600 /etc/sssd/conf.d/zz-last.conf',
    ],
    fails: { check: 'answered' },
  },
  run: async t => {
    const { machine } = t;
    const ask = async (): Promise<string> => (await machine.try('getent -s sss passwd core')).stdout.trim();
    t.equal('silent-before', await ask(), '', 'answer of SSSD before it was configured');
    await machine.write('/etc/sssd/sssd.conf', config, { mode: 0o600 });
    await asRoot(machine, ['systemctl restart sssd.service']);
    await t.check('answered', () =>
      t.eventually('an answer of SSSD', async () => ((await ask()).startsWith('core:') ? true : undefined)),
    );
  },
});
