import { scenario } from '../../src/core/scenario.ts';
import { checkNfs, nfsServer } from '../../src/machine/guest/nfs.ts';

export default scenario({
  name: 'linux.nfs.v4',
  description: 'A machine mounts a share of another one with NFS version 4',
  tags: ['network', 'storage'],
  platforms: { except: ['azure'] },
  needs: { machines: 2, capabilities: ['nfs-server', 'nfs-client'], platform: ['private-network'] },
  machines: [{ role: 'server', userData: nfsServer }],
  sabotage: {
    kind: 'guest',
    fault: 'something else is mounted in place of the share',
    role: 'client',
    commands: ['sudo systemctl stop var-mnt.mount', 'sudo mount -t tmpfs tmpfs /var/mnt'],
    fails: { check: 'version' },
  },
  run: t => checkNfs(t, { version: 4, type: 'nfs4', path: '/' }),
});
