import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { makeTlsServer } from '../../src/machine/guest/tls-server.ts';
import { file, ignition, inline } from '../../src/machine/user-data/ignition/builders.ts';
import { dataUrl } from '../../src/machine/user-data/ignition/data-url.ts';

const path = '/var/resource/data';

/** What the server hands out: in the version of the config that merges it. */
const served = (form: string): string =>
  JSON.stringify(
    /^ignition 3/.test(form)
      ? {
          ignition: { version: '3.0.0' },
          storage: { files: [{ path, contents: { source: dataUrl('kola-data') } }] },
        }
      : {
          ignition: { version: '2.2.0' },
          storage: { files: [{ filesystem: 'root', path, contents: { source: dataUrl('kola-data') } }] },
        },
  );

export default scenario({
  name: 'coreos.ignition.security.tls',
  description: 'Ignition trusts a server by the authority that its config names',
  tags: ['ignition', 'network', 'security'],
  platforms: { except: ['digitalocean'] },
  needs: { machines: 2, platform: ['private-network', 'private-network-in-initrd'] },
  timeout: minutes(10),
  machines: [{ role: 'server' }],
  sabotage: {
    kind: 'guest',
    fault: 'the merged file is emptied',
    role: 'client',
    commands: ['sudo truncate --size 0 /var/resource/data'],
    fails: { check: 'merged' },
  },
  run: async t => {
    const server = t.on('server');
    const authority = await makeTlsServer(t, server, served(server.userDataForm));
    const client = await t.provision(
      'client',
      ignition(
        {
          ignition: {
            config: { merge: [{ source: `https://${server.privateAddress}/index` }] },
            security: { tls: { certificateAuthorities: [inline(authority)] } },
          },
          files: [file('/etc/kola-own', 'own\n')],
        },
        '2.2',
      ),
    );
    t.equal('merged', await client.run(`cat ${path}`), 'kola-data', path);
    t.equal('own-kept', await client.run('cat /etc/kola-own'), 'own', 'file of the config itself');
  },
});
