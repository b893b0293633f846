import type { CheckContext, Subtest } from '../../src/core/scenario.ts';
import { scenario } from '../../src/core/scenario.ts';

const script = `#!/bin/bash
sleep 600
`;

const cloudConfig = (keys: readonly string[]): string => `#cloud-config
coreos:
  etcd:
    discovery: https://discovery.etcd.io/827c73219eeb2fa5530027c37bf18877
ssh_authorized_keys:
${keys.map(key => `  - ${key}`).join('\n')}
`;

/** Public halves of keys that were thrown away. */
const keys = [
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMesVUtOnOsAR3DU9CLK3ZFDRgrwkkA9kvaTIOkfphGS first',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG+jqBfUkd6gZuOlJvqont6VsYgyT/TObzJZAXXpMmiY second',
];

const cloudConfigTest: Subtest = {
  name: 'CloudConfig',
  description: 'coreos-cloudinit applies etcd settings and SSH keys of a cloud-config',
  needs: { capabilities: ['coreos-cloudinit'] },
  run: async t => {
    const { machine } = t;
    await machine.write('/tmp/kola-cloud-config', cloudConfig(keys));
    await machine.run(
      'sudo /usr/bin/coreos-cloudinit --workspace "$(mktemp -d)" --from-file /tmp/kola-cloud-config --ssh-key-name coretest',
    );
    const dropin = await machine.read('/run/systemd/system/etcd.service.d/20-cloudinit.conf');
    t.match(
      'etcd-discovery',
      dropin,
      /^Environment="?ETCD_DISCOVERY=https:\/\/discovery\.etcd\.io\/827c73219eeb2fa5530027c37bf18877"?$/m,
    );
    const authorized = await machine.read('/home/core/.ssh/authorized_keys');
    for (const key of keys)
      t.ok('authorized-keys', authorized.includes(key), `the ${key.split(' ')[2]} key is not authorised`);
    await machine.run('update-ssh-keys -d coretest');
  },
};

const scriptTest: Subtest = {
  name: 'Script',
  description: 'coreos-cloudinit runs a script as a transient unit',
  needs: { capabilities: ['coreos-cloudinit'] },
  run: async t => {
    const { machine } = t;
    await machine.write('/tmp/kola-script', script);
    const workspace = await machine.run('mktemp -d');
    await machine.run(`sudo /usr/bin/coreos-cloudinit --workspace ${workspace} --from-file /tmp/kola-script`);
    const unit = await machine.run(`sudo cat ${workspace}/scripts/unit-name`);
    t.match('unit-name', unit, /^[\w@.:-]+\.service$/);
    await t.check('script-runs', () =>
      t.eventually(`${unit} active`, async () => {
        const { stdout } = await machine.try(`systemctl is-active ${unit}`);
        return stdout.trim() === 'active' ? true : undefined;
      }),
    );
    await machine.run(`sudo systemctl stop ${unit}`);
  },
};

const portSsh: Subtest = {
  name: 'PortSSH',
  description: 'something that speaks SSH answers on port 22',
  needs: { capabilities: ['sshd-socket'] },
  run: async t => {
    const banner = await t.machine.run(
      'timeout 10 bash -c \'read -r line </dev/tcp/127.0.0.1/22; echo "$line"\'',
    );
    t.match('banner', banner, /^SSH-2\.0-/);
  },
};

const manager = 'gdbus call --system --dest org.freedesktop.systemd1 --object-path';
const dbusPerms: Subtest = {
  name: 'DbusPerms',
  description: 'an ordinary user may look at units over D-Bus and may not restart them',
  needs: { capabilities: ['dbus-polkit'] },
  run: async t => {
    const restart = await t.machine.try(
      `${manager} /org/freedesktop/systemd1 --method org.freedesktop.systemd1.Manager.RestartUnit ntpd.service replace`,
    );
    t.ok('restart-refused', restart.code !== 0, 'RestartUnit succeeded without authentication');
    t.match(
      'refused-for-lack-of-rights',
      restart.stderr,
      /org\.freedesktop\.DBus\.Error\.(?:AccessDenied|InteractiveAuthorizationRequired)/,
    );
    const properties = await t.machine.run(
      `${manager} /org/freedesktop/systemd1/unit/ntpd_2eservice --method org.freedesktop.DBus.Properties.GetAll org.freedesktop.systemd1.Unit`,
    );
    t.match('properties-readable', properties, /'Id': <'ntpd\.service'>/);
  },
};

const symlink: Subtest = {
  name: 'Symlink',
  description: '/etc/resolv.conf is the one that systemd-resolved writes',
  needs: { capabilities: ['resolved'] },
  run: async t => {
    t.equal('is-link', (await t.machine.try('test -L /etc/resolv.conf')).code, 0, 'test -L /etc/resolv.conf');
    t.equal(
      'target',
      await t.machine.run('readlink -f /etc/resolv.conf'),
      '/run/systemd/resolve/resolv.conf',
      'where /etc/resolv.conf leads',
    );
  },
};

const olderNames: readonly {
  readonly path: string;
  readonly sibling: string;
  readonly capability?: string;
}[] = [
  { path: '/etc/coreos', sibling: 'flatcar' },
  { path: '/usr/lib/coreos', sibling: 'flatcar' },
  { path: '/usr/share/coreos', sibling: 'flatcar' },
  { path: '/usr/bin/coreos-install', sibling: 'flatcar-install', capability: 'flatcar-install' },
];

const symlinkFlatcar: Subtest = {
  name: 'SymlinkFlatcar',
  description: 'the older names of folders and programs lead to the new ones',
  run: async t => {
    for (const { path, sibling, capability } of olderNames) {
      if (capability !== undefined && !t.image.provides.includes(capability)) {
        t.log(`Leave out ${path}: the image does not provide ${capability}`);
        continue;
      }
      const target = await t.machine.run(`readlink ${path}`);
      t.equal(`link-${path}`, target.replace(/^\.\//, ''), sibling, `text of the link ${path}`);
      const kind = await t.machine.run(`stat -L -c %F ${path}`);
      t.match(`target-of-${path}`, kind, /^(?:directory|regular file)$/);
    }
  },
};

/** sha256 of the update keys that were ever shipped: development, two older ones, and the official second one. */
const updateKeys = new Set([
  'd410d94dc56a1cba8df71c94ea6925811e44b09416f66958ab7a453f0731d80e',
  'a76a22e6afcdfbc55dd2953aa950c7ec93b254774fca02d13ec52c59672e5982',
  'b59a0fa528fec10d706e5d48030218199568769e385dcf473aa696763331a353',
  'b6a8227f835a4a56988241eaeeda57a19ef5ff413c8533fd791827be2c15dd6c',
]);

const updateEngineKeys: Subtest = {
  name: 'UpdateEngineKeys',
  description: 'the update key is one that is known',
  needs: { capabilities: ['update-key'] },
  run: async t => {
    const line = await t.machine.run('sha256sum /usr/share/update_engine/update-payload-key.pub.pem');
    const sum = line.split(/\s+/, 1)[0] ?? '';
    t.ok('known-key', updateKeys.has(sum), `the update key has the unknown sha256 ${sum}`);
  },
};

const isActive = async (t: CheckContext, unit: string): Promise<string> =>
  (await t.machine.try(`systemctl is-active ${unit}`)).stdout.trim();

const servicesActive: Subtest = {
  name: 'ServicesActive',
  description: 'what every machine runs is running, one of the time services among it',
  needs: { capabilities: ['docker', 'timesyncd'] },
  run: async t => {
    const units = ['multi-user.target', 'docker.socket'];
    if (t.image.provides.includes('update-engine')) units.push('update-engine.service');
    for (const unit of units) t.equal(`active-${unit}`, await isActive(t, unit), 'active', unit);
    const clocks = ['systemd-timesyncd', 'chronyd', 'ntpd'];
    await t.check('active-time-service', () =>
      t.eventually(`one of ${clocks.join(', ')} active`, async () => {
        const states = await Promise.all(clocks.map(unit => isActive(t, unit)));
        return states.includes('active') ? true : undefined;
      }),
    );
  },
};

/** First mount option of a mount point in the text of /proc/mounts; undefined when it is not mounted. */
export const firstMountOption = (mounts: string, point: string): string | undefined =>
  mounts
    .split('\n')
    .map(line => line.split(' '))
    .findLast(([, where]) => where === point)?.[3]
    ?.split(',', 1)[0];

const readOnly: Subtest = {
  name: 'ReadOnly',
  description: '/usr, or / where /usr is no mount of its own, is mounted read-only',
  run: async t => {
    const mounts = await t.machine.run('cat /proc/mounts');
    t.equal(
      'read-only',
      firstMountOption(mounts, '/usr') ?? firstMountOption(mounts, '/'),
      'ro',
      'mount of /usr',
    );
  },
};

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const randomUuid: Subtest = {
  name: 'RandomUUID',
  description: 'the disk got a UUID of its own at first boot',
  run: async t => {
    const uuid = await t.machine.run(
      [
        'source=$(findmnt -n -o SOURCE /)',
        'disk=$(lsblk -n -s -l -o NAME,TYPE "$source" | awk \'$2 == "disk" { print $1; exit }\')',
        'sudo blkid -p -s PTUUID -o value "/dev/$disk"',
      ].join('\n'),
    );
    t.match('is-uuid', uuid, uuidForm);
    t.ok(
      'not-the-image-s',
      uuid !== '00000000-0000-0000-0000-000000000001',
      'the disk still has the UUID of the image',
    );
  },
};

const useradd: Subtest = {
  name: 'Useradd',
  description: 'users can be added',
  needs: { capabilities: ['useradd'] },
  run: async t => {
    await t.machine.run('sudo useradd -p "*" -U -m user1 -G sudo');
    t.match('user-known', await t.machine.run('id user1'), /^uid=\d+\(user1\) .*\(sudo\)/);
  },
};

const machineId: Subtest = {
  name: 'MachineID',
  description: 'the machine has an id of its own',
  run: async t => {
    t.match('machine-id', await t.machine.run('cat /etc/machine-id'), /^[0-9a-f]{32}$/);
  },
};

const microcode: Subtest = {
  name: 'Microcode',
  description: 'microcode of both makers is built into the kernel',
  needs: { capabilities: ['microcode'] },
  arches: ['amd64'],
  run: async t => {
    const line = await t.machine.run('zgrep -m1 ^CONFIG_EXTRA_FIRMWARE= /proc/config.gz');
    for (const maker of ['amd-ucode', 'intel-ucode'])
      t.ok(`has-${maker}`, line.includes(maker), `${maker} is not among ${line.slice(0, 200)}`);
  },
};

export default scenario({
  name: 'cl.basic',
  description: 'Checks what every machine must be: services, mounts, keys, identity, permissions',
  tags: ['smoke', 'coretest'],
  sabotage: {
    kind: 'guest',
    fault: 'docker.socket is stopped',
    capabilities: ['docker', 'timesyncd'],
    commands: ['sudo systemctl stop docker.socket docker.service'],
    fails: { check: 'ServicesActive/active-docker.socket' },
  },
  subtests: [
    cloudConfigTest,
    scriptTest,
    portSsh,
    dbusPerms,
    symlink,
    symlinkFlatcar,
    updateEngineKeys,
    servicesActive,
    readOnly,
    randomUuid,
    useradd,
    machineId,
    microcode,
  ],
});
