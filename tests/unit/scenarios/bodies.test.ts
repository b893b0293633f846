import { describe, expect, test } from 'vitest';
import basic from '../../../scenarios/coretest/cl.basic.ts';
import btrfs from '../../../scenarios/ignition/cl.ignition.v2.btrfsroot.ts';
import users from '../../../scenarios/ignition/cl.ignition.v2.users.ts';
import existing from '../../../scenarios/ignition/cl.ignition.v2_1.ext4checkexisting.ts';
import groups from '../../../scenarios/ignition/coreos.ignition.groups.ts';
import once from '../../../scenarios/ignition/coreos.ignition.once.ts';
import resources from '../../../scenarios/ignition/coreos.ignition.resource.local.ts';
import hostname from '../../../scenarios/ignition/coreos.ignition.sethostname.ts';
import enable from '../../../scenarios/ignition/coreos.ignition.systemd.enable-service.ts';
import listeners from '../../../scenarios/network/cl.network.listeners.ts';
import nfs from '../../../scenarios/network/linux.nfs.v4.ts';
import auth from '../../../scenarios/security/coreos.auth.verify.ts';
import raid from '../../../scenarios/storage/cl.disk.raid1.data.ts';
import swap from '../../../scenarios/storage/cl.swap_activation.ts';
import verity from '../../../scenarios/storage/cl.verity.ts';
import gshadow, { longLine } from '../../../scenarios/systemd/systemd.sysusers.gshadow.ts';
import { BlockedError, NetworkError } from '../../../src/core/errors.ts';
import type { Scenario } from '../../../src/core/scenario.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { type FakeMachineOptions, fakeMachine, type Script } from '../../support/fake-machine.ts';

const no = { code: 1 } as const;

/** Runs a scenario, or one of its sub-tests, on a machine that answers like this. */
const outcome = async (
  scenario: Scenario,
  script: Script,
  options: FakeMachineOptions = {},
  subtest?: string,
): Promise<string> => {
  const context = fakeContext({ machines: [fakeMachine(script, options)] });
  const body =
    subtest === undefined ? scenario.run : scenario.subtests?.find(({ name }) => name === subtest)?.run;
  try {
    await body!(context);
    return `held ${context.held.length}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** The same script with other answers in front. */
const but = (script: Script, ...changes: Script): Script => [...changes, ...script];

const uuid = '9aa5237a-ab6b-458b-a7e8-f25e2baef1a3';

describe('Ignition', () => {
  test('coreos.ignition.once', async () => {
    const gone: Script = [[/^test -e/, no]];
    const first: Script = [
      [/^test -f/, ''],
      [/^sudo rm/, ''],
    ];
    expect(await outcome(once, first, { afterReboot: gone })).toBe('held 2');
    expect(await outcome(once, but(first, [/^test -f/, no]))).toContain('ran-at-first-boot');
    expect(await outcome(once, first, { afterReboot: [[/^test -e/, '']] })).toContain('not-again');
  });

  test('coreos.ignition.sethostname', async () => {
    expect(await outcome(hostname, [[/hostnamectl/, ' Static hostname: core1\n       Icon name: vm']])).toBe(
      'held 1',
    );
    expect(await outcome(hostname, [[/hostnamectl/, ' Static hostname: core12']])).toContain(
      'static-hostname',
    );
    expect(
      await outcome(hostname, [[/hostnamectl/, ' Static hostname: localhost\nTransient hostname: core1']]),
    ).toContain('static-hostname');
  });

  test('coreos.ignition.groups', async () => {
    const good: Script = [
      [/getent group group1/, 'group1:x:501:'],
      [/getent group group2/, 'group2:x:502:'],
      [/getent gshadow group1/, 'group1:!::'],
      [/getent gshadow group2/, 'group2:foobar::'],
    ];
    expect(await outcome(groups, good)).toBe('held 4');
    expect(await outcome(groups, but(good, [/group group2/, 'group2:x:503:']))).toContain('group2');
    expect(await outcome(groups, but(good, [/gshadow group1/, 'group1:::']))).toContain('group1-locked');
    expect(await outcome(groups, but(good, [/gshadow group2/, 'group2:!::']))).toContain('group2-password');
  });

  test('cl.ignition.v2.users', async () => {
    const good: Script = [
      [/passwd core/, 'core:x:500:500:Flatcar Admin:/home/core:/bin/bash'],
      [/passwd user1/, 'user1:x:1000:1000::/home/user1:/bin/bash'],
      [/passwd user2/, 'user2:x:1010:1010::/home/user2:/bin/bash'],
      [/shadow core/, 'core:foobar:1::::::'],
      [/shadow user/, 'user:*:1::::::'],
      [/id -nG/, 'user2 docker'],
    ];
    expect(await outcome(users, good)).toBe('held 7');
    expect(await outcome(users, but(good, [/passwd core/, 'core:x:500:500::/home/core:/bin/bash']))).toMatch(
      /^core:/,
    );
    expect(
      await outcome(users, but(good, [/passwd user2/, 'user2:x:1001:1001::/home/user2:/bin/bash'])),
    ).toMatch(/^user2:/);
    expect(await outcome(users, but(good, [/shadow user/, 'user1:!:1']))).toContain('user1-locked');
    expect(await outcome(users, but(good, [/shadow core/, 'core:*:1']))).toContain('core-password');
    expect(await outcome(users, but(good, [/id -nG/, 'user2 dockerx']))).toContain('user2-groups');
  });

  test('cl.ignition.v2.btrfsroot', async () => {
    const good: Script = [
      [/blkid/, `UUID=${uuid}\nTYPE=btrfs\n`],
      [/findmnt/, 'btrfs'],
    ];
    expect(await outcome(btrfs, good)).toBe('held 3');
    expect(await outcome(btrfs, but(good, [/blkid/, 'UUID=0\nTYPE=btrfs']))).toContain('root-uuid');
    expect(await outcome(btrfs, but(good, [/blkid/, `UUID=${uuid}\nTYPE=ext4`]))).toContain('root-type');
    expect(await outcome(btrfs, but(good, [/findmnt/, 'ext4']))).toContain('root-mounted');
  });

  test('cl.ignition.v2_1.ext4checkexisting', async () => {
    const second = async (answer: string): Promise<string> => {
      const context = fakeContext({
        machines: [fakeMachine([[/blkid/, 'TYPE=ext4\nUUID=a']], { role: 'untouched' })],
        provision: role => fakeMachine([[/blkid/, answer]], { role }),
      });
      return existing.run!(context).then(
        () => `held ${context.held.length}`,
        (error: unknown) => String(error),
      );
    };
    expect(await second('TYPE=ext4\nUUID=a')).toBe('held 3');
    expect(await second('TYPE=ext4\nUUID=b')).toContain('uuid-kept');
    expect(await second('TYPE=xfs\nUUID=a')).toContain('type-kept');
  });

  test('coreos.ignition.systemd.enable-service', async () => {
    const good: Script = [
      [/is-enabled/, 'enabled\n'],
      [/is-active/, 'active\n'],
    ];
    expect(await outcome(enable, good)).toBe('held 2');
    // The text that the original would have let pass.
    expect(await outcome(enable, but(good, [/is-active/, { code: 3, stdout: 'failed\n' }]))).toContain(
      'active',
    );
    expect(await outcome(enable, but(good, [/is-enabled/, 'enabled-runtime\n']))).toContain('enabled');
  });

  test('coreos.ignition.resource.local', async () => {
    const run = async (server: Script, client: Script) => {
      const asked: string[] = [];
      const context = fakeContext({
        machines: [fakeMachine(server, { role: 'server' })],
        provision: (role, userData) => {
          asked.push(JSON.stringify(userData));
          return fakeMachine(client, { role });
        },
      });
      const result = await resources.run!(context).then(
        () => 'passed',
        (error: unknown) => error,
      );
      return { result, asked: asked.join(), subtests: context.subtests };
    };
    const server: Script = [
      [/curl/, 'kola-http'],
      [/socat/, '/usr/bin/socat'],
    ];
    const client: Script = [
      [/data/, 'kola-data'],
      [/http/, 'kola-http'],
      [/tftp/, 'kola-tftp'],
    ];
    const full = await run(server, client);
    expect(full).toMatchObject({ result: 'passed', subtests: { tftp: 'passed' } });
    expect(full.asked).toContain('tftp://192.168.30.11/tftp');
    const plain = await run(but(server, [/socat/, no]), client);
    expect(plain.subtests.tftp).toContain('skipped');
    expect(plain.asked).not.toContain('tftp:');
    expect(String((await run(server, but(client, [/http/, '']))).result)).toContain('http');
    expect(String((await run(server, but(client, [/tftp/, '']))).result)).toContain('tftp');
    // The scenario's own server is no part of the product.
    expect((await run(but(server, [/curl/, '']), client)).result).toBeInstanceOf(BlockedError);
  });
});

describe('storage', () => {
  const lsblk = (type: string) =>
    JSON.stringify({ blockdevices: [{ name: 'md127', type, mountpoint: '/var/lib/data' }] });
  test('cl.disk.raid1.data', async () => {
    const good: Script = [
      [/lsblk/, lsblk('raid1')],
      [/tee/, ''],
      [/cat .*note/, 'kept'],
    ];
    expect(await outcome(raid, good)).toBe('held 3');
    expect(await outcome(raid, but(good, [/lsblk/, lsblk('raid0')]))).toContain('level');
    expect(await outcome(raid, good, { afterReboot: but(good, [/lsblk/, lsblk('part')]) })).toContain(
      'level-after-reboot',
    );
    expect(await outcome(raid, good, { afterReboot: but(good, [/cat/, '']) })).toContain('data-after-reboot');
  });

  test('cl.swap_activation', async () => {
    const good: Script = [
      [/swapon/, '/var/vm/swapfile1 1073737728'],
      [/swappiness/, '10'],
    ];
    expect(await outcome(swap, good)).toBe('held 2');
    expect(await outcome(swap, but(good, [/swapon/, '']))).toContain('in-use');
    expect(await outcome(swap, but(good, [/swapon/, '/var/vm/swapfile1 536866816']))).toContain('in-use');
    expect(await outcome(swap, but(good, [/swappiness/, '60']))).toContain('swappiness');
  });

  const status =
    '/dev/mapper/usr is active.\n  status: verified\n  hash block: 4096\n  data device: /dev/vda3\n  hash device: /dev/vda3\n  hash offset: 8 sectors\n';
  test('cl.verity: verify', async () => {
    const good: Script = [
      [/skip=64 count=64/, 'a'.repeat(64)],
      [/veritysetup status/, status],
      [/count=6 /, 'verity'],
      [/veritysetup verify \/dev\/vda3 \/dev\/vda3 a{64} --hash-offset=0$/, ''],
    ];
    expect(await outcome(verity, good, {}, 'verify')).toBe('held 4');
    expect(await outcome(verity, but(good, [/veritysetup verify/, no]), {}, 'verify')).toContain('verified');
    expect(await outcome(verity, but(good, [/count=64/, 'nothing']), {}, 'verify')).toContain('root-hash');
    expect(
      await outcome(verity, but(good, [/veritysetup status/, 'x is inactive.']), {}, 'verify'),
    ).toContain('active volume');
  });

  test('cl.verity: corruption', async () => {
    const lost = () => {
      throw new NetworkError('connection-lost', 'the connection was lost');
    };
    const good: Script = [
      [/dmsetup/, '0 2080752 verity V'],
      [/veritysetup status/, status],
      [/if=\/dev\/zero of=\/dev\/vda3 /, ''],
      [/drop_caches/, lost],
    ];
    expect(await outcome(verity, good, {}, 'corruption')).toBe('held 3');
    expect(await outcome(verity, but(good, [/drop_caches/, '']), {}, 'corruption')).toContain(
      'went on reading',
    );
    expect(await outcome(verity, but(good, [/drop_caches/, no]), {}, 'corruption')).toContain(
      'went on reading',
    );
    expect(await outcome(verity, but(good, [/dmsetup/, '0 2080752 verity C']), {}, 'corruption')).toContain(
      'clean-before',
    );
  });
});

describe('network', () => {
  const netstat = (line: string) =>
    `Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name\ntcp6 0 0 :::22 :::* LISTEN 1/systemd\n${line}`;
  test('cl.network.listeners names who stays, and lets a passer-by go', async () => {
    const stranger = netstat('tcp 0 0 0.0.0.0:111 0.0.0.0:* LISTEN 9/rpcbind');
    expect(await outcome(listeners, [[/netstat/, netstat('')]])).toBe('held 2');
    expect(await outcome(listeners, [[/netstat/, stranger]])).toContain('tcp 111 rpcbind');
    let looks = 0;
    const passing = (): string => (++looks < 3 ? stranger : netstat(''));
    expect(await outcome(listeners, [[/netstat/, passing]])).toBe('held 2');
  });

  test('linux.nfs.v4', async () => {
    const run = async (client: Script): Promise<string> => {
      const server: Script = [
        [/is-active/, 'active'],
        [/mktemp/, '/tmp/kola.abc'],
        [/echo shared/, ''],
      ];
      const context = fakeContext({
        machines: [fakeMachine(server, { role: 'server' })],
        provision: role => fakeMachine(client, { role }),
      });
      return nfs.run!(context).then(
        () => `held ${context.held.length}`,
        (error: unknown) => String(error),
      );
    };
    const good: Script = [
      [/is-active/, 'active'],
      [/findmnt/, 'rw,noexec,vers=4.2,rsize=1048576'],
      [/cat \/var\/mnt\/kola\.abc/, 'shared'],
    ];
    expect(await run(good)).toBe('held 4');
    expect(await run(but(good, [/is-active/, { code: 3, stdout: 'failed' }]))).toContain('mounted');
    expect(await run(but(good, [/findmnt/, 'rw,vers=3,rsize=4']))).toContain('version');
    expect(await run(but(good, [/cat/, '']))).toContain('file-seen');
  });
});

describe('users', () => {
  test('coreos.auth.verify', async () => {
    const script: Script = [
      [/kola-kept/, ''],
      [/chpasswd/, ''],
      [/getent/, 'core:$6$x:1'],
    ];
    expect(await outcome(auth, script)).toBe('held 3');
    expect(await outcome(auth, script, { acceptsPassword: () => true })).toContain('wrong-password');
    let tries = 0;
    expect(await outcome(auth, script, { acceptsPassword: () => ++tries > 1 })).toContain('right-password');
    expect(await outcome(auth, but(script, [/getent/, 'core:*:1']))).toContain('password-set');
  });

  test('systemd.sysusers.gshadow', async () => {
    const good: Script = [
      [/kola-kept/, ''],
      [/tee/, ''],
      [/sysusers/, ''],
      [/getent group kolanew/, 'kolanew:x:990:'],
    ];
    const files = { '/etc/gshadow': `kolabefore:*::\n${longLine()}\nkolaafter:*::\n` };
    expect(await outcome(gshadow, good, { files })).toBe('held 3');
    expect(
      await outcome(gshadow, but(good, [/sysusers/, { code: null, signal: 'SEGV' }]), { files }),
    ).toContain('ends-well');
    expect(await outcome(gshadow, good, { files: { '/etc/gshadow': 'kolabefore:*::\n' } })).toContain(
      'lines-kept',
    );
  });
});

describe('cl.basic', () => {
  test.each([
    ['PortSSH', [[/tcp/, 'SSH-2.0-OpenSSH_9.2']], [[/tcp/, 'HTTP/1.1 400']], 'banner'],
    [
      'ReadOnly',
      [[/mounts/, '/dev/mapper/usr /usr ext4 ro,x 0 0']],
      [[/mounts/, '/dev/vda3 /usr ext4 rw 0 0']],
      'read-only',
    ],
    [
      'MachineID',
      [[/machine-id/, 'f'.repeat(32)]],
      [[/machine-id/, 'COREOS_BLANK_MACHINE_ID']],
      'machine-id',
    ],
    [
      'RandomUUID',
      [[/PTUUID/, uuid]],
      [[/PTUUID/, '00000000-0000-0000-0000-000000000001']],
      'not-the-image-s',
    ],
    [
      'Useradd',
      [
        [/useradd/, ''],
        [/^id/, 'uid=1000(user1) gid=1000(user1) groups=1000(user1),27(sudo)'],
      ],
      [
        [/useradd/, ''],
        [/^id/, 'uid=1000(user1) gid=1000(user1) groups=1000(user1)'],
      ],
      'user-known',
    ],
    [
      'Microcode',
      [[/zgrep/, 'CONFIG_EXTRA_FIRMWARE="amd-ucode/a intel-ucode/b"']],
      [[/zgrep/, 'CONFIG_EXTRA_FIRMWARE="intel-ucode/b"']],
      'has-amd-ucode',
    ],
    [
      'Symlink',
      [
        [/test -L/, ''],
        [/readlink/, '/run/systemd/resolve/resolv.conf'],
      ],
      [
        [/test -L/, ''],
        [/readlink/, '/run/systemd/resolve/stub-resolv.conf'],
      ],
      'target',
    ],
    [
      'DbusPerms',
      [
        [
          /RestartUnit/,
          { code: 1, stderr: 'GDBus.Error:org.freedesktop.DBus.Error.InteractiveAuthorizationRequired: x' },
        ],
        [/GetAll/, "({'Id': <'ntpd.service'>},)"],
      ],
      [
        [/RestartUnit/, '(objectpath,)'],
        [/GetAll/, ''],
      ],
      'restart-refused',
    ],
    [
      'UpdateEngineKeys',
      [[/sha256sum/, 'd410d94dc56a1cba8df71c94ea6925811e44b09416f66958ab7a453f0731d80e  x']],
      [[/sha256sum/, '00  x']],
      'known-key',
    ],
  ] satisfies [string, Script, Script, string][])('%s holds and breaks', async (name, good, bad, check) => {
    expect(await outcome(basic, good, {}, name)).toMatch(/^held [1-9]/);
    expect(await outcome(basic, bad, {}, name)).toContain(check);
  });

  test('ServicesActive', async () => {
    const good: Script = [
      [/chronyd|ntpd/, { code: 4, stdout: 'inactive' }],
      [/is-active/, 'active'],
    ];
    expect(await outcome(basic, good, {}, 'ServicesActive')).toBe('held 3');
    expect(
      await outcome(basic, but(good, [/timesyncd/, { code: 3, stdout: 'inactive' }]), {}, 'ServicesActive'),
    ).toContain('active-time-service');
    expect(
      await outcome(basic, but(good, [/docker/, { code: 3, stdout: 'failed' }]), {}, 'ServicesActive'),
    ).toContain('active-docker.socket');
  });
});
