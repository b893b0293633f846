import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { withoutOwn } from '../../../../scenarios/docs/_differences.ts';
import { credentialLines, targetLines } from '../../../../scenarios/docs/_iscsi-target.ts';
import { arrayState } from '../../../../scenarios/docs/_lost-member.ts';
import { hexAddress, nameServerScript } from '../../../../scenarios/docs/_name-server.ts';
import { powerButton, pressed } from '../../../../scenarios/docs/_power-button.ts';
import { watchedPrograms } from '../../../../scenarios/docs/docs.audit.ts';
import { allocated } from '../../../../scenarios/docs/docs.btrfs.ts';
import { loggedLines } from '../../../../scenarios/docs/docs.kubelet-runtime.ts';
import { counterOf } from '../../../../scenarios/docs/docs.swap.ts';

test('a counter of /proc/vmstat', () => {
  const text = 'pswpin 3\npswpout 4711\npswpout_zero 9\n';
  expect(counterOf(text, 'pswpout')).toBe(4711);
  expect(counterOf(text, 'swpout')).toBe(-1);
});

test('what is allocated on a btrfs', () => {
  const usage = `Overall:
    Device size:                  1073741824
    Device allocated:              247463936
    Device unallocated:            826277888
`;
  expect(allocated(usage)).toBe(247463936);
  expect(allocated('Overall:\n')).toBeUndefined();
});

test('the state of an array', () => {
  const detail = (state: string) =>
    `           Version : 1.2\n             State : ${state}\n    Active : 1\n`;
  expect(arrayState(detail('clean, degraded, recovering'))).toEqual(['clean', 'degraded', 'recovering']);
  expect(arrayState(detail('active '))).toEqual(['active']);
  expect(arrayState('')).toEqual([]);
});

test('programs that audit records name', () => {
  const write =
    'audit: type=1300 audit(1.0:42): arch=c000003e syscall=257 success=yes comm="tee" exe="/usr/bin/tee" key="kola-watch"';
  const rule = 'audit: type=1305 audit(1.0:40): op=add_rule key="kola-watch" list=4 res=1';
  expect(watchedPrograms(`${rule}\n${write}`)).toEqual(['tee']);
  expect(watchedPrograms(write.replace('kola-watch', 'other'))).toEqual([]);
});

test('lines of a container in a log of JSON', () => {
  const log = '{"log":"out\\n","stream":"stdout","time":"x"}\n{"log":"err\\n","stream":"stderr"}\n';
  expect(loggedLines(log)).toEqual(['stdout: out', 'stderr: err']);
  expect(() => loggedLines('out\n')).toThrow(SyntaxError);
});

test('the power button among input devices, and what it sends', () => {
  const devices = `I: Bus=0019 Vendor=0000
N: Name="AT Translated Set 2 keyboard"
H: Handlers=sysrq kbd event1

I: Bus=0019 Vendor=0000
N: Name="Power Button"
H: Handlers=kbd event10
`;
  expect(powerButton(devices)).toBe('event10');
  expect(powerButton(devices.replace('Power Button', 'Sleep Button'))).toBeUndefined();
  const bytes = pressed();
  expect(bytes.length).toBe(4 * 24);
  expect([bytes.readUInt16LE(16), bytes.readUInt16LE(18), bytes.readInt32LE(20)]).toEqual([1, 116, 1]);
  expect(bytes.readInt32LE(48 + 20)).toBe(0);
});

test('the target lets in its initiator alone, with a password', () => {
  const lines = targetLines('iqn.2000-01.x:1');
  expect(lines.filter(line => line.includes('/acls/')).every(line => line.includes('iqn.2000-01.x:1'))).toBe(
    true,
  );
  expect(lines).toContainEqual(expect.stringMatching(/^echo 1 >.*attrib\/authentication$/));
  expect(credentialLines('word').at(-1)).toMatch(/node\.session\.auth\.password -v 'word'$/);
});

test('what each machine has of its own is no difference', () => {
  const strange = [
    '+ contents: /etc/kola-visitor',
    '~ accounts: user core',
    '+ units: x.service: active running',
  ];
  const own = [
    '~ contents: /etc/machine-id',
    '~ contents: /etc/ssh/ssh_host_ed25519_key',
    '~ kernel: a: 1 → 2',
  ];
  expect(withoutOwn([...strange, ...own])).toEqual(strange);
});

/** What the script answers to a packet, in hexadecimal digits. */
const answer = (question: string): string =>
  execFileSync('bash', ['-c', nameServerScript('203.0.113.7')], {
    input: Buffer.from(question, 'hex'),
  }).toString('hex');

test('the name server answers with the address, and to other questions with nothing', () => {
  expect(hexAddress('203.0.113.7')).toBe('cb007107');
  const name = '046b6f6c6100';
  const ask = (type: string): string =>
    `123401000001000000000001${name}${type}0001${'0000290400000000000000'}`;
  expect(answer(ask('0001'))).toBe(`123485800001000100000000${name}00010001c00c000100010000003c0004cb007107`);
  expect(answer(ask('001c'))).toBe(`123485800001000000000000${name}001c0001`);
});
