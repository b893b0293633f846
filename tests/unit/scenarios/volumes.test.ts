import { describe, expect, test } from 'vitest';
import tangData from '../../../scenarios/security/cl.tang.nonroot.ts';
import tangRoot from '../../../scenarios/security/cl.tang.root.ts';
import eventlog, { countEvents } from '../../../scenarios/security/cl.tpm.eventlog.ts';
import tpmData from '../../../scenarios/security/cl.tpm.nonroot.ts';
import tpmRoot from '../../../scenarios/security/cl.tpm.root.ts';
import enroll from '../../../scenarios/security/cl.tpm.root-cryptenroll.ts';
import noUpdate from '../../../scenarios/security/cl.tpm.root-cryptenroll-pcr-noupdate.ts';
import withUpdate from '../../../scenarios/security/cl.tpm.root-cryptenroll-pcr-withupdate.ts';
import raid0 from '../../../scenarios/storage/cl.disk.raid0.root.ts';
import raid1 from '../../../scenarios/storage/cl.disk.raid1.root.ts';
import { PollTimeout } from '../../../src/core/poll.ts';
import type { Services, TangService } from '../../../src/core/services.ts';
import type { UserData } from '../../../src/core/user-data.ts';
import { tpmBindings } from '../../../src/machine/guest/encrypted-volume.ts';
import type { Script } from '../../support/fake-machine.ts';
import { but, inTurn, outcome } from '../../support/scenario-outcome.ts';

const lsblk = (type: string, at: string): string =>
  JSON.stringify({
    blockdevices: [
      { name: 'vda', type: 'disk', children: [{ name: 'x', type, mountpoints: [at] }] },
      { name: 'vdb', type: 'disk' },
    ],
  });

const mounted = (type: string, at = '/'): Script => [
  [/^lsblk/, lsblk(type, at)],
  [/^echo kept/, ''],
  [/^cat .*kola-note/, 'kept'],
];

describe('a root filesystem on an array', () => {
  test.each([
    ['raid0', raid0],
    ['raid1', raid1],
  ])('%s', async (level, scenario) => {
    const other = level === 'raid0' ? 'raid1' : 'raid0';
    expect(await outcome(scenario, mounted(level))).toBe('held 3');
    expect(await outcome(scenario, mounted(other))).toContain('root-on-array');
    expect(await outcome(scenario, mounted('part'))).toContain(`expected / on a device of type ${level}`);
    expect(await outcome(scenario, mounted(level), { afterReboot: mounted('part') })).toContain(
      'root-on-array-after-reboot',
    );
    expect(await outcome(scenario, but(mounted(level), [/^cat/, '']))).toContain('data-after-reboot');
  });
});

/** A Tang server that was, or was not, asked for its part after the mark. */
const tangService = (asked: boolean): Partial<Services> => ({
  tang: async () =>
    ({
      guestUrl: 'http://10.0.2.2:4001',
      thumbprint: 'thumb',
      log: { entries: [], mark: () => 1, wait: () => Promise.reject(new Error('unused')) },
      awaitRecovery: async () => {
        if (!asked) throw new PollTimeout('a recovery', 30_000, 'nobody asked');
        return { seq: 2, time: 0, kind: 'recovered', thumbprint: 'thumb' };
      },
    }) as unknown as TangService,
});

describe('volumes that a Tang server opens', () => {
  test.each([
    [tangRoot, '/'],
    [tangData, '/mnt/data'],
  ])('%#', async (scenario, path) => {
    const asked = { services: tangService(true) };
    expect(await outcome(scenario, mounted('crypt', path), asked)).toBe('held 4');
    expect(await outcome(scenario, mounted('part', path), asked)).toContain('encrypted');
    expect(await outcome(scenario, mounted('crypt', '/elsewhere'), asked)).toContain('found none');
    expect(
      await outcome(scenario, mounted('crypt', path), { ...asked, afterReboot: mounted('part', path) }),
    ).toContain('encrypted-after-reboot');
    expect(await outcome(scenario, mounted('crypt', path), { services: tangService(false) })).toContain(
      'opened-by-server',
    );
  });

  test('Flatcar is told to have a network in the initrd, an image without kernel arguments is not', async () => {
    const seen: (UserData | undefined)[] = [];
    const onProvision = (_: string, userData: UserData | undefined) => seen.push(userData);
    const options = { services: tangService(true), onProvision };
    await outcome(tangRoot, mounted('crypt'), { ...options, image: { provides: ['ignition-kargs'] } });
    await outcome(tangRoot, mounted('crypt'), options);
    expect(JSON.stringify(seen[0])).toContain('rd.networkd=1');
    expect(JSON.stringify(seen[1])).not.toContain('rd.networkd=1');
    expect(JSON.stringify(seen[1])).toContain('"thumbprint":"thumb"');
  });
});

const token = (...registers: number[]) => ({ type: 'systemd-tpm2', 'tpm2-pcrs': registers });
const dump = (...tokens: object[]): string => JSON.stringify({ keyslots: {}, tokens: { ...tokens } });
const narrowed = token(4, 7, 8, 9, 11, 12, 13);

test('bindings in the metadata of a volume', () => {
  expect(tpmBindings(dump(token(), { type: 'clevis' }))).toEqual([[]]);
  expect(tpmBindings(dump(token(9, 4), token(7)))).toEqual([[4, 9], [7]]);
  expect(tpmBindings(dump())).toEqual([]);
  expect(() => tpmBindings('{}')).toThrow();
});

describe('volumes that a TPM opens', () => {
  test.each([
    [tpmRoot, '/'],
    [tpmData, '/mnt/data'],
  ])('clevis %#', async (scenario, path) => {
    expect(await outcome(scenario, mounted('crypt', path))).toBe('held 3');
    expect(await outcome(scenario, mounted('part', path))).toContain('encrypted');
    expect(await outcome(scenario, mounted('crypt', path), { afterReboot: mounted('part', path) })).toContain(
      'encrypted-after-reboot',
    );
  });

  const enrolled: Script = [
    [/luksDump/, dump(token(7))],
    [/test -e .etc.luks/, { code: 1 }],
    ...mounted('crypt'),
  ];
  test('systemd-cryptenroll', async () => {
    expect(await outcome(enroll, enrolled)).toBe('held 5');
    expect(await outcome(enroll, but(enrolled, [/luksDump/, dump()]))).toContain('bound');
    expect(await outcome(enroll, but(enrolled, [/test -e/, '']))).toContain('key-gone');
  });

  /** The first dump is of the first boot, those after it of the next one. */
  const boundScript = (...dumps: string[]): Script => [
    [/luksDump/, inTurn(...dumps)],
    [/cmdline/, 'root=x kola.changed=1'],
    [/grub\.cfg|oem-postinst/, ''],
    ...mounted('crypt'),
  ];

  test('bound to what the boot measures', async () => {
    expect(await outcome(noUpdate, boundScript(dump(token()), dump(narrowed)))).toBe('held 6');
    expect(await outcome(noUpdate, boundScript(dump(token(7)), dump(narrowed)))).toContain('bound-to-tpm');
    expect(await outcome(noUpdate, boundScript(dump(token()), dump(token(7))))).toContain(
      'bound-to-measurements',
    );
    // The original looked for a line without the word in a file of one line, and too early.
    expect(
      await outcome(
        noUpdate,
        but(boundScript(dump(token()), dump(narrowed)), [/cmdline/, 'x flatcar.first_boot=detected']),
      ),
    ).toContain('no-first-boot');
  });

  test('and to be unbound before a change', async () => {
    const good = boundScript(dump(token()), dump(narrowed), dump(token()));
    expect(await outcome(withUpdate, good)).toBe('held 9');
    expect(await outcome(withUpdate, boundScript(dump(token()), dump(narrowed)))).toContain('unbound');
    const fresh = boundScript(dump(token()), dump(narrowed), dump(token()));
    expect(await outcome(withUpdate, but(fresh, [/cmdline/, 'root=x']))).toContain('changed');
  });

  test('the log of the firmware', async () => {
    const log = 'version: 1\nevents:\n- EventNum: 0\n  PCRIndex: 0\n- EventNum: 1\n';
    expect(countEvents(log)).toBe(2);
    expect(await outcome(eventlog, [[/eventlog/, log]])).toBe('held 2');
    expect(await outcome(eventlog, [[/eventlog/, 'version: 1\nevents:\n']])).toContain('has-events');
    expect(await outcome(eventlog, [[/eventlog/, { code: 1, stderr: 'no such file' }]])).toContain(
      'readable',
    );
  });
});
