import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parsePasswd } from '../../../../src/machine/guest/accounts.ts';
import { parseBlkid } from '../../../../src/machine/guest/blkid.ts';
import { droppedPorts } from '../../../../src/machine/guest/firewall.ts';
import { allDevices, mountedAt, parseLsblk } from '../../../../src/machine/guest/lsblk.ts';
import { mountUnit } from '../../../../src/machine/guest/mount-unit.ts';
import { hasListener, ipv4Addresses } from '../../../../src/machine/guest/network.ts';
import { repetitions } from '../../../../src/machine/guest/repeat.ts';
import { scratchImageScript } from '../../../../src/machine/guest/scratch-image.ts';
import { httpServer, tftpServer } from '../../../../src/machine/guest/small-servers.ts';
import { decodeDataUrl } from '../../../../src/machine/user-data/ignition/data-url.ts';

describe('lsblk', () => {
  const json = JSON.stringify({
    blockdevices: [
      {
        name: 'vda',
        type: 'disk',
        fstype: null,
        label: null,
        mountpoints: [null],
        children: [
          {
            name: 'vda4',
            type: 'part',
            children: [{ name: 'md127', type: 'raid1', fstype: 'ext4', mountpoint: '/var/lib/data' }],
          },
          { name: 'vda9', type: 'part', mountpoints: ['/', '/var'] },
        ],
      },
    ],
  });
  test('finds what is mounted, however deep, in old and new form', () => {
    const devices = parseLsblk(json);
    expect(allDevices(devices).map(({ name }) => name)).toEqual(['vda', 'vda4', 'md127', 'vda9']);
    expect(mountedAt(devices, '/var/lib/data').type).toBe('raid1');
    expect(mountedAt(devices, '/var').name).toBe('vda9');
    expect(() => mountedAt(devices, '/mnt')).toThrow('mounted at /mnt, found none');
    expect(() => parseLsblk('{}')).toThrow();
  });
});

test('blkid, passwd', () => {
  expect(parseBlkid('DEVNAME=/dev/vda4\nUUID=1A37-8FA3\nTYPE=vfat\n')).toMatchObject({
    TYPE: 'vfat',
    UUID: '1A37-8FA3',
  });
  expect(parsePasswd('core:x:500:500:Flatcar Admin:/home/core:/bin/bash')?.gecos).toBe('Flatcar Admin');
  expect(parsePasswd('core:x:500:500:/home/core:/bin/bash')).toBeUndefined();
});

test('addresses and listeners', () => {
  const json =
    '[{"ifname":"kv0","addr_info":[{"family":"inet","local":"10.100.0.2"},{"family":"inet6","local":"fe80::1"}]}]';
  expect(ipv4Addresses(json)).toEqual(['10.100.0.2']);
  expect(ipv4Addresses('[{}]')).toEqual([]);
  const tcp = `  sl  local_address rem_address   st
   0: 00000000:2704 00000000:0000 0A 00000000:00000000
   1: 0100007F:0050 0100007F:2705 01 00000000:00000000`;
  expect(hasListener(tcp, 9988)).toBe(true);
  // An open connection is no listener, and a remote port is not a local one.
  expect(hasListener(tcp, 80)).toBe(false);
  expect(hasListener(tcp, 9989)).toBe(false);
});

test('repetitions fit the time', () => {
  const range = { most: 100, least: 10, budget: 100_000 };
  expect(repetitions(300, range)).toBe(100);
  expect(repetitions(4000, range)).toBe(25);
  expect(repetitions(60_000, range)).toBe(10);
  expect(repetitions(0, range)).toBe(100);
});

test('mount units are named as systemd wants', () => {
  expect(mountUnit('/dev/md/DATA', '/var/lib/data', { type: 'ext4' })).toMatchObject({
    name: 'var-lib-data.mount',
    enabled: true,
  });
  expect(mountUnit('/dev/x', '/mnt/my-data', { type: 'xfs', options: 'ro' }).name).toBe(
    'mnt-my\\x2ddata.mount',
  );
});

const scriptOf = (parts: ReturnType<typeof httpServer>): string =>
  Buffer.from(decodeDataUrl(parts.files[0]!.contents!.source!)!).toString();

describe('scripts for the guest', () => {
  test('the HTTP server answers known and unknown paths', () => {
    const script = scriptOf(httpServer({ '/http': 'kola-http' }));
    const ask = (path: string): string =>
      execFileSync('bash', ['-c', script], {
        input: `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`,
        encoding: 'utf8',
      });
    expect(ask('/http')).toBe('HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nkola-http');
    expect(ask('/other')).toContain('404');
  });

  test('the TFTP server answers a request with one block, and nothing to anything else', () => {
    const script = scriptOf(tftpServer('/tftp', 'kola-tftp'));
    const ask = (packet: string): string =>
      execFileSync('bash', ['-c', script], { input: Buffer.from(packet, 'latin1') }).toString('latin1');
    const data = '\0\x03\0\x01kola-tftp';
    expect(ask('\0\x01/tftp\0octet\0')).toBe(data);
    expect(ask('\0\x01tftp\0octet\0blksize\x001428\0')).toBe(data);
    expect(ask('\0\x01/other\0octet\0')).toContain('no such file');
    expect(ask('\0\x04\0\x01')).toBe('');
  });

  test('the scratch image script is valid shell', () => {
    execFileSync('bash', ['-n'], { input: scratchImageScript('kola-x', ['sh', 'ping']) });
    expect(scratchImageScript('kola-x', ['sh', 'ping'])).toContain('for binary in sh ping; do');
  });
});

test('firewall rules that drop a port', () => {
  const rule = (port: number, verdict: string) => ({
    rule: {
      chain: 'INPUT',
      expr: [
        { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: port } },
        { counter: { packets: 0, bytes: 0 } },
        { [verdict]: null },
      ],
    },
  });
  const list = (...rules: object[]) =>
    JSON.stringify({ nftables: [{ metainfo: {} }, { table: {} }, ...rules] });
  expect(droppedPorts(list(rule(80, 'drop')))).toEqual([80]);
  expect(droppedPorts(list(rule(80, 'accept')))).toEqual([]);
  expect(droppedPorts(list())).toEqual([]);
  expect(() => droppedPorts('{}')).toThrow();
});
