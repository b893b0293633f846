import { describe, expect, it } from 'vitest';
import { failureSignature } from '../../../src/core/signature.ts';
import { countGroups, failureGroups } from '../../../src/gate/groups.ts';
import { waiverUse } from '../../../src/gate/waiver-use.ts';
import { failure, now, result, target, waiver } from '../../support/gate-input.ts';

const timeout = (seconds: number) =>
  failureSignature('check', `no answer from 10.0.0.${seconds}:22 after ${seconds}.5 s`);

describe('failure groups', () => {
  const targets = [
    target('r1', [failure('a', timeout(3)), failure('b', timeout(7)), result('c')]),
    target('r2', [failure('a', timeout(9)), failure('c', 'check: x', { rule: 'kernel-panic' })], {
      platform: 'aws',
      arch: 'arm64',
    }),
    target('r3', [failure('b', 'check: y', { rule: 'kernel-panic' })], {
      platform: 'aws',
      arch: 'arm64',
      kind: 'reference',
    }),
  ];
  const older = [
    target('o', [failure('z', timeout(1))], { version: '4459.2.0' }),
    target('oo', [failure('z', timeout(1))], { version: '4400.2.0' }),
  ];
  const issues = [
    {
      id: 'F#1',
      url: 'u',
      title: 't',
      state: 'open' as const,
      kind: 'known' as const,
      channels: [],
      versions: [],
      signature: 'rule: kernel-*',
    },
  ];
  const groups = failureGroups(targets, older, issues, '4459.2.0');

  it('join equal causes across platforms and scenarios, the console first', () => {
    expect(countGroups(groups)).toBe('5 failures, 2 causes');
    expect(groups.map(one => [one.cause, one.failures, one.scenarios, one.places])).toEqual([
      ['check: no answer from <addr> after # s', 3, ['a', 'b'], ['aws/arm64', 'qemu/amd64']],
      ['rule: kernel-panic', 2, ['b', 'c'], ['aws/arm64']],
    ]);
  });
  it('say where a cause was seen first and whether the previous release had it', () => {
    expect(groups[0]).toMatchObject({ firstSeen: { version: '4400.2.0' }, onPrevious: true, issues: [] });
    expect(groups[1]).toMatchObject({
      firstSeen: { version: '4459.2.1' },
      onPrevious: false,
      issues: [{ id: 'F#1', state: 'open' }],
    });
  });
  it('name their evidence by place, with the machine type only where it is a further one', () => {
    const one = (variant: string) =>
      failureGroups([target('r', [failure('a')], { variant })], [], [])[0]?.evidence;
    expect(one('')).toEqual(['run/r/qemu/amd64/stable:a']);
    expect(one('m4.2xlarge')).toEqual(['run/r/qemu[m4.2xlarge]/amd64/stable:a']);
  });
  it('give the command that runs one of them again', () => {
    expect(groups[0]?.repro).toBe('kola run --platform=qemu --channel=stable --image-version=4459.2.1 a');
    expect(groups[1]?.repro).toBe(
      'kola run --platform=aws --board=arm64-usr --channel=stable --image-version=4459.2.1 c',
    );
    const odd = failureGroups([target('r', [failure('a b; rm')], { kind: 'reference' })], [], []);
    expect(odd[0]?.repro).toBe("kola run --platform=qemu --image=reference 'a b; rm'");
  });
  it('are none without failures', () => {
    expect(countGroups(failureGroups([target('r', [result('a')])], older, []))).toBe('0 failures, 0 causes');
  });
});

describe('the use of waivers', () => {
  const release = (version: string, ...results: Parameters<typeof target>[1][number][]) =>
    target(version, results, { version });
  it('is counted, and three unused releases make one removable', () => {
    const history = [
      release('4459.2.0', failure('a')),
      release('4459.2.1', result('a')),
      release('4459.2.2', result('a')),
      release('4459.2.3', failure('a', 'check: another')),
    ];
    expect(waiverUse([waiver()], history, now)[0]).toMatchObject({
      used: 1,
      lastUsed: { version: '4459.2.0' },
      removable: true,
      matchesNothing: false,
    });
    expect(waiverUse([waiver()], history.slice(0, 3), now)[0]).toMatchObject({ removable: false });
  });
  it('for nothing is told', () => {
    expect(
      waiverUse([waiver({ scenario: 'typo' })], [release('4459.2.1', result('a'))], now)[0],
    ).toMatchObject({ matchesNothing: true, removable: false });
  });
});
