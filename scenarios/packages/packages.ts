import { minutes } from '../../src/core/clock.ts';
import type { Machine } from '../../src/core/machine.ts';
import type { CheckContext, Subtest } from '../../src/core/scenario.ts';
import { scenario } from '../../src/core/scenario.ts';
import { parseIpvs, type VirtualService } from '../../src/machine/guest/ipvs.ts';
import { exportLun, initiatorName, targetName } from '../../src/machine/guest/iscsi.ts';
import { local } from '../../src/machine/guest/platform-sets.ts';
import { silenced } from '../../src/machine/guest/replaced-program.ts';

const service: VirtualService = {
  address: '207.175.44.110:80',
  scheduler: 'rr',
  servers: [1, 2, 3, 4, 5].map(number => `192.168.10.${number}:80`),
};

const ipvsadm: Subtest = {
  name: 'sys-cluster/ipvsadm',
  description: 'the kernel keeps a virtual service that ipvsadm describes',
  needs: { capabilities: ['ipvs'] },
  run: async t => {
    const machine = t.on('server');
    t.match('version', await machine.run('sudo ipvsadm'), /^IP Virtual Server version \d/);
    const rules = [
      `-A -t ${service.address} -s ${service.scheduler}`,
      ...service.servers.map(server => `-a -t ${service.address} -r ${server} -m`),
    ];
    await machine.run('sudo ipvsadm --restore', { input: `${rules.join('\n')}\n` });
    t.equal('restored', parseIpvs(await machine.run('sudo ipvsadm -Ln')), [service], 'virtual services');
    await machine.run(`sudo ipvsadm -D -t ${service.address}`);
    t.equal('deleted', parseIpvs(await machine.run('sudo ipvsadm -Ln')), [], 'virtual services');
  },
};

const byPath = (portal: string): string => `/dev/disk/by-path/ip-${portal}:3260-iscsi-${targetName}-lun-1`;

/** The LUN's device on the client, which is there as soon as udev has seen it. */
const lun = (t: CheckContext, client: Machine, portal: string): Promise<true> =>
  t.eventually(
    'the device of the LUN',
    async () => ((await client.try(`test -b ${byPath(portal)}`)).code === 0 ? true : undefined),
    { until: minutes(2) },
  );

const openIscsi: Subtest = {
  name: 'sys-block/open-iscsi',
  description: 'a disk of another machine is used, and is there again after a reboot',
  needs: { capabilities: ['iscsi'], externalWithout: { 'iscsi-target': ['registry:ghcr.io'] } },
  run: async t => {
    const [server, client] = [t.on('server'), t.on('client')];
    const portal = server.privateAddress;
    await client.run('sudo systemctl start iscsid.service');
    const name = await t.check('initiator-name', () =>
      t.eventually('a name of the initiator', async () => {
        const { stdout } = await client.try('sudo cat /etc/iscsi/initiatorname.iscsi');
        return initiatorName(stdout);
      }),
    );
    await exportLun(server, name, t.image.provides.includes('iscsi-target'));
    await t.check('discovered', async () => {
      const found = await client.run(`sudo iscsiadm -m discovery -t sendtargets -p ${portal}`);
      if (!found.split(/\s+/).includes(targetName)) t.fail(`discovery found ${found}, not ${targetName}`);
    });
    await client.run(
      `sudo iscsiadm -m node -T ${targetName} -p ${portal} --op update -n node.startup -v automatic`,
    );
    await client.run(`sudo iscsiadm -m node -T ${targetName} -p ${portal} --login`);
    await t.check('device', () => lun(t, client, portal));
    const mount = `sudo mkdir -p /mnt/iscsi && sudo mount ${byPath(portal)} /mnt/iscsi`;
    await client.run(`sudo mkfs.ext2 -q -F ${byPath(portal)} && ${mount}`);
    await client.run('echo kept | sudo tee /mnt/iscsi/note >/dev/null && sudo umount /mnt/iscsi && sync');
    await client.run(
      "sudo systemctl enable $(systemctl list-unit-files --no-legend 'iscsi.service' 'open-iscsi.service' | awk '{ print $1; exit }')",
    );
    // What logs out at shutdown is the service that logged in. Nothing else does: the disk is offline while it is in use.
    await client.run(`sudo iscsiadm -m node -T ${targetName} --logout`);
    await client.reboot();
    await t.check('device-after-reboot', () => lun(t, client, portal));
    await client.run(mount);
    t.equal('data-after-reboot', await client.run('cat /mnt/iscsi/note'), 'kept', 'file on the LUN');
    await client.run('sudo umount /mnt/iscsi');
  },
};

export default scenario({
  name: 'packages',
  description: 'Programs that few scenarios use do their work: ipvsadm and open-iscsi',
  tags: ['packages', 'network', 'storage', 'reboot'],
  platforms: local,
  needs: { machines: 2, platform: ['private-network'] },
  timeout: minutes(12),
  machines: [{ role: 'server' }, { role: 'client' }],
  sabotage: {
    kind: 'guest',
    fault: 'ipvsadm does nothing',
    role: 'server',
    capabilities: ['ipvs'],
    commands: [silenced('ipvsadm')],
    fails: { check: 'sys-cluster/ipvsadm/version' },
  },
  subtests: [ipvsadm, openIscsi],
});
