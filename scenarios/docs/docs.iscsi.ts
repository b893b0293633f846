import { minutes } from '../../src/core/clock.ts';
import { scenario } from '../../src/core/scenario.ts';
import { account, credentialLines, initiatorName, portal, targetLines, targetName } from './_iscsi-target.ts';
import { asRoot } from './_root-script.ts';

const device = `/dev/disk/by-path/ip-${portal}:3260-iscsi-${targetName}-lun-0`;

export default scenario({
  name: 'docs.iscsi',
  description:
    'The initiator gets at a disk with the right password only, and the disk keeps what is written to it',
  tags: ['docs', 'storage', 'network'],
  needs: { capabilities: ['iscsi', 'ext4'] },
  timeout: minutes(8),
  sabotage: {
    kind: 'guest',
    fault: "the daemon that keeps the initiator's sessions is masked",
    commands: ['sudo systemctl mask --now iscsid.service iscsid.socket'],
    fails: { check: 'initiator-runs' },
  },
  run: async t => {
    const { machine } = t;
    await t.check('initiator-runs', () => machine.run('sudo systemctl start iscsid.service'));
    const initiator = await t.eventually('a name of the initiator', async () =>
      initiatorName((await machine.try('sudo cat /etc/iscsi/initiatorname.iscsi')).stdout),
    );
    await asRoot(machine, targetLines(initiator), { timeout: minutes(2) });
    const found = await machine.run(`sudo iscsiadm -m discovery -t sendtargets -p ${portal}`);
    t.ok('discovered', found.split(/\s/).includes(targetName), `discovery found ${found}, not ${targetName}`);
    const login = `iscsiadm -m node -T ${targetName} -p ${portal} --login`;
    await asRoot(machine, [
      `iscsiadm -m node -T ${targetName} -p ${portal} --op update -n node.session.initial_login_retry_max -v 1`,
      ...credentialLines('wrong-word-for-it'),
    ]);
    const refused = await machine.try(`sudo ${login}`, { timeout: minutes(2) });
    t.ok('wrong-password-refused', refused.code !== 0, 'a wrong password opens the disk');
    await asRoot(machine, [...credentialLines(account.password), login], { timeout: minutes(2) });
    await t.check('device', () =>
      t.eventually('the disk', async () =>
        (await machine.try(`test -b ${device}`)).code === 0 ? true : undefined,
      ),
    );
    await asRoot(
      machine,
      [
        `mkfs.ext4 -q -F ${device}`,
        `mount ${device} /mnt`,
        'echo kept >/mnt/note',
        'umount /mnt',
        `iscsiadm -m node -T ${targetName} -p ${portal} --logout`,
        login,
        'udevadm settle',
        `for try in $(seq 30); do test -b ${device} && break; sleep 1; done`,
        `mount ${device} /mnt`,
      ],
      { timeout: minutes(4) },
    );
    t.equal('data-after-login', await machine.run('cat /mnt/note'), 'kept', 'file on the disk');
    await asRoot(machine, ['umount /mnt', `iscsiadm -m node -T ${targetName} -p ${portal} --logout`]);
  },
});
