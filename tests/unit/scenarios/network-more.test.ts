import { describe, expect, test } from 'vitest';
import secondBoot from '../../../scenarios/network/cl.network.initramfs.second-boot.ts';
import legacy from '../../../scenarios/network/cl.network.listeners.legacy.ts';
import fetchUrls from '../../../scenarios/network/coreos.tls.fetch-urls.ts';
import ntp from '../../../scenarios/network/linux.ntp.ts';
import packages from '../../../scenarios/packages/packages.ts';
import { PollTimeout } from '../../../src/core/poll.ts';
import type { NtpService, Services } from '../../../src/core/services.ts';
import { parseIpvs } from '../../../src/machine/guest/ipvs.ts';
import { exportLun, initiatorName } from '../../../src/machine/guest/iscsi.ts';
import { ntpServers, timesyncServer } from '../../../src/machine/guest/time-sync.ts';
import { fakeMachine, type Script } from '../../support/fake-machine.ts';
import { but, inTurn, outcome } from '../../support/scenario-outcome.ts';

test('cl.network.listeners.legacy', async () => {
  const head = `Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
`;
  const sshd = 'tcp6       0      0 :::22                   :::*                    LISTEN      1/init\n';
  const stranger =
    'tcp        0      0 0.0.0.0:111             0.0.0.0:*               LISTEN      5/rpcbind\n';
  expect(await outcome(legacy, [[/netstat/, head + sshd]])).toBe('held 2');
  expect(await outcome(legacy, [[/netstat/, head + sshd + stranger]])).toContain('only-known');
  expect(await outcome(legacy, [[/netstat/, head]])).toContain('sshd-seen');
});

test('cl.network.initramfs.second-boot looks at a boot that is proven to be the second', async () => {
  const good = 'Reached target Switch Root.\nStarted Network Configuration.\n';
  expect(await outcome(secondBoot, [[/journalctl/, good]])).toBe('held 1');
  expect(await outcome(secondBoot, [[/journalctl/, `Started Network Configuration.\n${good}`]])).toContain(
    'after-the-switch',
  );
});

test('coreos.tls.fetch-urls: each client with each site', async () => {
  const good: Script = [[/^(?:curl|wget)/, '']];
  expect(await outcome(fetchUrls, good)).toBe('held 6');
  expect(
    await outcome(
      fetchUrls,
      but(good, [/^wget.*wikipedia/, { code: 5, stderr: 'cannot verify certificate' }]),
    ),
  ).toContain('wget-www.wikipedia.org');
});

describe('linux.ntp', () => {
  const status = (server: string): string => `        DNS: 10.0.2.3
        NTP: ${server}
             192.0.2.7
   Activation Policy: up
`;
  const answered = 'ServerName=10.0.2.2\nServerAddress=10.0.2.2\nNTPMessage={ Leap=0, Version=4 }\n';

  test('reads', () => {
    expect(ntpServers(status('10.0.2.2'))).toEqual(['10.0.2.2', '192.0.2.7']);
    expect(ntpServers('        DNS: 10.0.2.3\n')).toEqual([]);
    expect(timesyncServer(answered)).toBe('10.0.2.2');
    expect(timesyncServer('ServerName=10.0.2.2\nServerAddress=10.0.2.2\n')).toBeUndefined();
  });

  const service = (asked: boolean): Partial<Services> => ({
    ntp: async () =>
      ({
        port: 40123,
        guestUrl: 'ntp://10.0.2.2:40123',
        log: { mark: () => 0 },
        awaitClient: async () => {
          if (!asked) throw new PollTimeout('a client', 1, 'nobody');
          return { seq: 1, time: 0, version: 4, from: '', clientTime: undefined, told: 0 };
        },
      }) as unknown as NtpService,
  });
  const seconds = (ahead: number) => () => String(Math.round(Date.now() / 1000) + ahead);
  const good: Script = [
    [/route show/, 'eth0'],
    [/networkctl/, '        NTP: 10.0.2.2\n        DNS: x\n'],
    [/iptables|restart/, ''],
    [/show-timesync/, answered],
    [/^date/, seconds(90)],
  ];
  test('the machine asks the server, uses it and follows it', async () => {
    const services = service(true);
    expect(await outcome(ntp, good, { services })).toBe('held 4');
    expect(await outcome(ntp, but(good, [/networkctl/, 'DNS: x\n']), { services })).toContain(
      'named-by-network',
    );
    expect(await outcome(ntp, good, { services: service(false) })).toContain('asked');
    expect(
      await outcome(ntp, but(good, [/show-timesync/, 'ServerAddress=10.0.2.2\n']), { services }),
    ).toContain('in-use');
    // The right time is the wrong one here: another server has set it.
    expect(await outcome(ntp, but(good, [/^date/, seconds(0)]), { services })).toContain('clock-set');
  });
});

describe('packages', () => {
  const table = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
`;
  const full = `${table}TCP  207.175.44.110:80 rr
${[1, 2, 3, 4, 5].map(n => `  -> 192.168.10.${n}:80             Masq    1      0          0`).join('\n')}
`;
  test('reads', () => {
    expect(parseIpvs(table)).toEqual([]);
    expect(parseIpvs(full)[0]?.servers).toHaveLength(5);
    expect(initiatorName('## comment\nInitiatorName=iqn.2016-04.com.open-iscsi:1\n')).toBe(
      'iqn.2016-04.com.open-iscsi:1',
    );
    expect(initiatorName('')).toBeUndefined();
  });

  test('ipvsadm', async () => {
    const subtest = 'sys-cluster/ipvsadm';
    const good = (): Script => [
      [/ipvsadm$/, table],
      [/--restore|ipvsadm -D/, ''],
      [/-Ln/, inTurn(full, table)],
    ];
    expect(await outcome(packages, good(), { subtest })).toBe('held 3');
    expect(await outcome(packages, but(good(), [/-Ln/, table]), { subtest })).toContain('restored');
    expect(await outcome(packages, but(good(), [/-Ln/, full]), { subtest })).toContain('deleted');
    const fewer = full.replace(/\n {2}-> 192\.168\.10\.5.*/, '');
    expect(await outcome(packages, but(good(), [/-Ln/, fewer]), { subtest })).toContain('restored');
  });

  test('a LUN of tgtd is for one initiator, at any address', async () => {
    const machine = fakeMachine([[/^sudo (?:truncate|systemd-run .* tgtd|tgtadm) /, '']]);
    await exportLun(machine, 'iqn.2016-04.com.open-iscsi:1', true);
    const bound = machine.commands.flatMap(
      command => / --op bind .* (--initiator-.*)$/.exec(command)?.[1] ?? [],
    );
    expect(bound).toEqual(['--initiator-address ALL', '--initiator-name iqn.2016-04.com.open-iscsi:1']);
  });

  test('open-iscsi', async () => {
    const subtest = 'sys-block/open-iscsi';
    const options = { subtest, image: { provides: ['iscsi-target'] } };
    const good: Script = [
      [/initiatorname/, 'InitiatorName=iqn.2016-04.com.open-iscsi:1'],
      [/discovery/, '192.168.30.11:3260,1 iqn.2006-04.com.example:test-target'],
      [/^cat .mnt/, 'kept'],
      [/./, ''],
    ];
    expect(await outcome(packages, good, options)).toBe('held 5');
    expect(await outcome(packages, but(good, [/initiatorname/, '']), options)).toContain('initiator-name');
    expect(await outcome(packages, but(good, [/discovery/, 'iqn.other']), options)).toContain('discovered');
    expect(await outcome(packages, but(good, [/test -b/, { code: 1 }]), options)).toContain('device');
    expect(
      await outcome(packages, good, { ...options, afterReboot: but(good, [/^cat .mnt/, '']) }),
    ).toContain('data-after-reboot');
  });
});
