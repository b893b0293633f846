import { scenario } from '../../src/core/scenario.ts';
import { httpServer, tftpServer } from '../../src/machine/guest/small-servers.ts';
import { file, ignition, inline } from '../../src/machine/user-data/ignition/builders.ts';

const folder = '/var/resource';
const http = httpServer({ '/http': 'kola-http' });
const tftp = tftpServer('/tftp', 'kola-tftp');

const resources = (server: string, withTftp: boolean) =>
  ignition(
    {
      files: [
        file(`${folder}/data`, inline('kola-data')),
        file(`${folder}/http`, { source: `http://${server}/http` }),
        ...(withTftp ? [file(`${folder}/tftp`, { source: `tftp://${server}/tftp` })] : []),
      ],
    },
    '2.1',
  );

export default scenario({
  name: 'coreos.ignition.resource.local',
  description: 'Ignition fetches files in the initrd from a machine on the private network, by HTTP and TFTP',
  tracker: 'https://github.com/coreos/bugs/issues/2205',
  tags: ['ignition', 'network'],
  platforms: { except: ['digitalocean'] },
  needs: { machines: 2, platform: ['private-network', 'private-network-in-initrd'] },
  machines: [
    {
      role: 'server',
      userData: ignition({ files: [...http.files, ...tftp.files], units: [...http.units, ...tftp.units] }),
    },
  ],
  sabotage: {
    kind: 'guest',
    fault: 'the file that came by HTTP is emptied',
    role: 'client',
    commands: ['sudo truncate --size 0 /var/resource/http'],
    fails: { check: 'http' },
  },
  run: async t => {
    const server = t.on('server');
    const page = await server.run('curl --silent --fail --max-time 20 http://127.0.0.1/http');
    if (page !== 'kola-http') t.block(`the scenario's own server answers ${JSON.stringify(page)}`);
    const withTftp = (await server.try('command -v socat')).code === 0;
    const client = await t.provision('client', resources(server.privateAddress, withTftp));
    t.equal('data', await client.run(`cat ${folder}/data`), 'kola-data', `${folder}/data`);
    t.equal('http', await client.run(`cat ${folder}/http`), 'kola-http', `${folder}/http`);
    await t.subtest('tftp', async sub => {
      if (!withTftp) sub.skip('the server image has no socat to answer TFTP with');
      sub.equal('tftp', await client.run(`cat ${folder}/tftp`), 'kola-tftp', `${folder}/tftp`);
    });
  },
});
