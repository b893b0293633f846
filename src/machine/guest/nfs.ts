import type { ScenarioContext } from '../../core/scenario.ts';
import type { UserData } from '../../core/user-data.ts';
import { file, ignition, unit } from '../user-data/ignition/builders.ts';

export interface NfsVersion {
  readonly version: 3 | 4;
  /** File system type of the mount. */
  readonly type: 'nfs' | 'nfs4';
  /** What the client asks for: with version 4 the export with fsid=0 is the root. */
  readonly path: string;
}

const exported = '/tmp';

export const nfsServer: UserData = ignition(
  {
    files: [
      file('/etc/hostname', 'nfs1\n', { overwrite: true }),
      file('/etc/exports', `${exported} *(ro,insecure,all_squash,no_subtree_check,fsid=0)\n`, {
        overwrite: true,
      }),
    ],
    units: [unit('rpc-statd.service', { enabled: true }), unit('nfs-server.service', { enabled: true })],
  },
  '2.3',
);

const nfsClient = (server: string, { version, type, path }: NfsVersion): UserData =>
  ignition(
    {
      files: [file('/etc/hostname', 'nfs2\n', { overwrite: true })],
      units: [
        unit('var-mnt.mount', {
          enabled: true,
          contents: [
            '[Unit]',
            'Description=A share of the other machine',
            'Wants=network-online.target',
            'After=network-online.target',
            '',
            '[Mount]',
            `What=${server}:${path}`,
            'Where=/var/mnt',
            `Type=${type}`,
            `Options=defaults,noexec,nfsvers=${version}`,
            '',
            '[Install]',
            'WantedBy=multi-user.target',
            '',
          ].join('\n'),
        }),
      ],
    },
    '2.3',
  );

/** A file that is made on the server is read through the client's mount, which has the right protocol version. */
export const checkNfs = async (t: ScenarioContext, nfs: NfsVersion): Promise<void> => {
  const server = t.on('server');
  t.equal(
    'server-active',
    await server.run('systemctl is-active nfs-server.service'),
    'active',
    'nfs-server.service',
  );
  const path = await server.run(`mktemp ${exported}/kola.XXXXXXXX`);
  await server.run(`echo shared >${path} && chmod a+r ${path}`);
  const client = await t.provision('client', nfsClient(server.privateAddress, nfs));
  await t.check('mounted', () =>
    t.eventually('var-mnt.mount active', async () => {
      const { stdout } = await client.try('systemctl is-active var-mnt.mount');
      return stdout.trim() === 'active' ? true : undefined;
    }),
  );
  t.match(
    'version',
    await client.run('findmnt -n -o OPTIONS --mountpoint /var/mnt'),
    new RegExp(`\\bvers=${nfs.version}\\b`),
  );
  const name = path.slice(exported.length + 1);
  t.equal('file-seen', await client.run(`cat /var/mnt/${name}`), 'shared', `/var/mnt/${name}`);
};
