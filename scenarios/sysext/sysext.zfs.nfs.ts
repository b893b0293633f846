import { ignition, unit } from '../../src/machine/user-data/ignition/builders.ts';
import { zfsPool, zfsScenario } from './_zfs.ts';

const pool = zfsPool(['-o sharenfs=on tank/nfs']);

export default zfsScenario({
  name: 'sysext.zfs.nfs',
  description: 'A ZFS dataset that is shared by NFS is mounted by another machine',
  tags: ['network'],
  capabilities: ['nfs-server', 'nfs-client'],
  machineCount: 2,
  machines: [
    {
      role: 'server',
      userData: ignition(
        { ...pool, units: [...(pool.units ?? []), unit('nfs-server.service', { enabled: true })] },
        '3.3',
      ),
    },
    {
      role: 'client',
      userData: ignition({ units: [unit('nfs-client.target', { enabled: true })] }, '3.3'),
    },
  ],
  run: async t => {
    const [server, client] = [t.on('server'), t.on('client')];
    await server.run('echo world | sudo tee /tank/nfs/hello >/dev/null && sudo zfs share -a');
    await client.run('sudo mkdir -p /mnt/nfs');
    await t.check('mounted', () =>
      t.eventually('a mount of the share', async () => {
        const { code } = await client.try(`sudo mount -t nfs4 ${server.privateAddress}:/tank/nfs /mnt/nfs`);
        return code === 0 ? true : undefined;
      }),
    );
    t.equal('file-seen', await client.run('cat /mnt/nfs/hello'), 'world', '/mnt/nfs/hello');
  },
});
