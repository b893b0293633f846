import { describe, expect, it } from 'vitest';
import { agenda, allRequirements } from '../../../src/gate/agenda.ts';
import { releaseBoard } from '../../../src/gate/board.ts';
import { canonicalJson } from '../../../src/gate/canonical.ts';
import type { GateInput } from '../../../src/gate/input.ts';
import { parsePolicy } from '../../../src/gate/policy/load.ts';
import { decide, exitCodeOf } from '../../../src/gate/verdict.ts';
import { digestOf } from '../../support/event-log.ts';
import {
  facts,
  failure,
  goInput,
  hour,
  now,
  policyText,
  result,
  target,
  waiver,
} from '../../support/gate-input.ts';

const lines = (input: GateInput): string[] =>
  agenda(decide(input)).map(item => `${item.requirement.id} ${item.finding.state}: ${item.finding.text}`);
const stateOf = (input: GateInput, id: string): string | undefined =>
  allRequirements(decide(input)).find(requirement => requirement.id === id)?.state;
const amd64 = (over: object) =>
  facts('4459.2.1', { arches: { amd64: { ...facts('x').arches.amd64!, ...over } } });
const run = (...results: Parameters<typeof target>[1][number][]) => [target('run1', results)];

describe('a release that has everything', () => {
  it('is a GO with every requirement met', () => {
    const verdict = decide(goInput());
    expect(allRequirements(verdict).filter(one => one.state !== 'met')).toEqual([]);
    expect(verdict.overall).toBe('GO');
    expect(exitCodeOf(verdict.overall)).toBe(0);
    expect(verdict.arches[0]).toMatchObject({
      arch: 'amd64',
      decision: 'GO',
      counts: { passed: 2, missing: 0 },
    });
  });
});

describe('one thing that is wrong', () => {
  const noGo: [string, Partial<GateInput>, string][] = [
    [
      'a failure',
      { targets: run(result('a'), failure('b')) },
      'scenarios@qemu/amd64 unmet: qemu/amd64:b fails: check: it broke',
    ],
    [
      'a time-out',
      { targets: run(result('a'), failure('b', 's', { outcome: 'timedout' })) },
      'scenarios@qemu/amd64 unmet: qemu/amd64:b fails: s',
    ],
    [
      'a broken scenario',
      { targets: run(result('a'), failure('b', 's', { cause: 'scenario' })) },
      'scenarios@qemu/amd64 unmet: qemu/amd64:b fails: s',
    ],
    [
      'too many flakes',
      {
        targets: run(
          result('a', { outcome: 'flaky', cause: 'product' }),
          result('b', { outcome: 'flaky', cause: 'product' }),
        ),
      },
      'flakes@amd64 unmet: qemu/amd64:a is flaky (2 of 1 allowed): passed, but failed once as well: no reason given',
    ],
    [
      'too many attempts',
      { targets: run(result('a'), result('b', { outcome: 'flaky', attempts: 4 })) },
      'retries@amd64 unmet: qemu/amd64:b passed only on attempt 4',
    ],
    [
      'a bad signature',
      {
        release: amd64({
          images: [{ file: 'f', digest: digestOf('a'), size: 5e8, signature: { verified: false, key: 'k' } }],
        }),
      },
      'imageSignature@amd64 unmet: the signature of f does not verify',
    ],
    [
      'a big image',
      { release: amd64({ images: [{ ...facts('x').arches.amd64!.images[0]!, size: 1.1e9 }] }) },
      'imageSize@amd64 unmet: image.bin changed by +600 MB',
    ],
    [
      'a downgrade',
      { release: amd64({ packages: ['app-admin/sudo-1.9.14::x', 'sys-apps/systemd-258::x'] }) },
      'packages@amd64 unmet: app-admin/sudo goes from 1.9.15_p5 back to 1.9.14',
    ],
    [
      'weak provenance',
      { release: amd64({ provenance: { level: 1, evidence: 'e' } }) },
      'provenance@amd64 unmet: SLSA provenance is of level 1, level 2 is wanted',
    ],
    [
      'an unsigned payload',
      { release: amd64({ payload: { signed: false } }) },
      'payload@amd64 unmet: the update payload for amd64 is not signed',
    ],
    [
      'a known issue',
      {
        issues: [
          {
            id: 'F#1',
            url: 'u',
            title: 't',
            state: 'open',
            kind: 'known',
            channels: [],
            versions: ['4459.*'],
          },
        ],
      },
      'knownIssues unmet: known issue F#1 is open: t',
    ],
    [
      'a user issue against its beta',
      {
        issues: [
          {
            id: 'F#2',
            url: 'u',
            title: 't',
            state: 'open',
            kind: 'user',
            channels: ['beta'],
            versions: ['4459.1.3'],
          },
        ],
      },
      'userIssues unmet: user issue F#2 is open: t',
    ],
    [
      'a wrong origin',
      { release: facts('4459.2.1', { promotedFrom: { channel: 'alpha', version: '4459.0.0' } }) },
      'lineage unmet: it comes from alpha 4459.0.0, not from beta',
    ],
    [
      'another branch',
      { release: facts('4459.2.1', { promotedFrom: { channel: 'beta', version: '4400.1.0' } }) },
      'lineage unmet: 4400.1.0 is of another branch than 4459.2.1',
    ],
    [
      'a red nightly',
      {
        nightlies: [
          ...goInput().nightlies,
          target('n3', [result('a'), failure('b')], { version: '4459.2.1+nightly-20261116-2100' }),
        ],
      },
      'nightlies@amd64 unmet: nightly 4459.2.1+nightly-20261116-2100 failed 1 scenario(s): qemu:b: check: it broke',
    ],
    [
      'a set-aside nobody approved',
      { setAside: [{ run: 'z', reason: 'r', by: 'ann', approvedBy: 'ann' }] },
      'setAside unmet: run z is set aside by ann: r; nobody else approved that',
    ],
  ];
  it.each(noGo)('%s is a NO-GO', (_name, over, line) => {
    const input = goInput(over);
    expect(lines(input)).toContain(line);
    expect(decide(input).overall).toBe('NO-GO');
    expect(exitCodeOf('NO-GO')).toBe(7);
  });

  const undecided: [string, Partial<GateInput>, string | RegExp][] = [
    [
      'no result',
      { targets: [target('run1', [result('a')], { planned: ['a', 'b'] })] },
      /completeness@amd64 missing: run run1 planned 1 result\(s\) that never arrived \(qemu\/amd64:b\)/,
    ],
    ['no run at all', { targets: [] }, 'scenarios@qemu/amd64 missing: no results for qemu at all'],
    [
      'an infrastructure failure',
      { targets: run(result('a'), failure('b', 's', { cause: 'capacity' })) },
      'scenarios@qemu/amd64 missing: qemu/amd64:b could not be tested: failed (capacity): s',
    ],
    [
      'a skip',
      { targets: run(result('a'), result('b', { outcome: 'skipped', message: 'no tpm' })) },
      'scenarios@qemu/amd64 missing: qemu/amd64:b has no result: skipped: no tpm',
    ],
    [
      'an absent service',
      { targets: run(result('a'), result('b', { outcome: 'blocked', cause: 'network', message: 'm' })) },
      'scenarios@qemu/amd64 missing: qemu/amd64:b could not be tested: blocked (network): m',
    ],
    [
      'old results',
      { targets: run(result('a'), result('b', { decidedAt: now - 49 * hour })) },
      'freshness@amd64 missing: qemu/amd64:b passed 49 hours ago',
    ],
    [
      'little coverage',
      { targets: run(result('a')) },
      'coverage@qemu/amd64 missing: 1 scenarios tested on qemu/amd64, at least 2 wanted (3 in 4459.2.0)',
    ],
    [
      'no facts',
      { release: undefined },
      'imageDigest@amd64 missing: no image digest of 4459.2.1 is known for amd64',
    ],
    [
      'an unchecked signature',
      { release: amd64({ images: [{ file: 'f', digest: digestOf('a'), size: 5e8 }] }) },
      'imageSignature@amd64 missing: the signature of f was not checked',
    ],
    ['no SBOM', { release: amd64({ sbom: undefined }) }, 'sbom@amd64 missing: no SBOM is known for amd64'],
    [
      'no provenance',
      { release: amd64({ provenance: undefined }) },
      'provenance@amd64 missing: no SLSA provenance is known for amd64',
    ],
    [
      'no payload',
      { release: amd64({ payload: undefined }) },
      'payload@amd64 missing: nothing is known about the update payload for amd64',
    ],
    [
      'no package list',
      { release: amd64({ packages: undefined }) },
      'packages@amd64 missing: the package list is not known',
    ],
    [
      'little soak',
      { now: now - 9 * 24 * hour, targets: [], nightlies: [] },
      'soak missing: 4459.1.3 is in beta for 6 of 7 day(s)',
    ],
    [
      'an unreleased origin',
      { ancestors: [] },
      'lineage missing: nothing says that beta 4459.1.3 was released',
    ],
    [
      'little adoption',
      { adoption: [{ channel: 'beta', version: '4459.1.3', at: 'x', machines: 9 }] },
      'adoption missing: 9 machine(s) ran it at most, 10 are wanted',
    ],
    [
      'few nightlies',
      { nightlies: goInput().nightlies.slice(1) },
      'nightlies@amd64 missing: 1 nightlies of this branch were tested, 2 are wanted',
    ],
    [
      'a nightly with a hole',
      { nightlies: goInput().nightlies.map(one => ({ ...one, results: one.results.slice(1) })) },
      /nightlies@amd64 missing: nightly .* has 1 scenario\(s\) without a result: qemu:a/,
    ],
  ];
  it.each(undecided)('%s leaves it UNDECIDED', (_name, over, line) => {
    const input = goInput(over);
    const found = lines(input);
    expect(
      found.some(one => (typeof line === 'string' ? one === line : line.test(one))),
      found.join('\n'),
    ).toBe(true);
    expect(decide(input).overall).toBe('UNDECIDED');
    expect(exitCodeOf('UNDECIDED')).toBe(8);
  });

  it('outside the release window is a warning and no more', () => {
    const input = goInput({
      now: now + 48 * hour,
      policy: parsePolicy('p', policyText.replace('hours: 48', 'hours: 999')),
    });
    expect(lines(input)).toEqual(['window unmet: today is wednesday']);
    expect(decide(input).overall).toBe('GO');
  });

  it('is not decided by what only informs or is not required', () => {
    const aws = target('run2', [failure('a')], { platform: 'aws' });
    expect(decide(goInput({ targets: [...goInput().targets, aws] })).overall).toBe('GO');
    expect(decide(goInput({ targets: run(result('a'), result('b'), failure('x.optional')) })).overall).toBe(
      'GO',
    );
  });

  it('says NO-GO for the stream that the version does not belong to, or that is over', () => {
    const release = facts('4459.1.1');
    const other = goInput({ candidate: { channel: 'stable', version: '4459.1.1' }, release });
    expect(lines(other)).toContain(
      'stream unmet: 4459.1.1 is not of stable, whose minor number is 2 up to 2',
    );
    const over = goInput({ policy: parsePolicy('p', policyText.replace('2030-01-01', '2026-11-16')) });
    expect(lines(over)).toContain('stream unmet: stable reached its end of life on 2026-11-16');
    const unknown = parsePolicy(
      'policy.yaml',
      policyText.replace('endOfLife: 2030-01-01', 'endOfLife: unknown'),
    );
    expect(decide(goInput({ policy: unknown })).overall).toBe('UNDECIDED');
    expect(lines(goInput({ policy: unknown }))).toContain(
      'stream missing: the policy does not say when stable ends: fill in channels.stable.endOfLife',
    );
  });
});

describe('results of an update to the candidate', () => {
  const from = { variant: 'from-4459.2.0', digest: digestOf('e') };
  const tested = facts('4459.2.1');
  const release = {
    ...tested,
    arches: { amd64: { ...tested.arches.amd64!, updates: [{ file: 'update.gz', digest: digestOf('e') }] } },
  };
  const targets = (outcome: 'passed' | 'failed') => [
    target('run1', [result('a'), result('b')]),
    target('run1', [result('cl.update.payload', { outcome, cause: 'product' })], from),
  ];

  it('count when the payload is that of the release, under a name of their own', () => {
    const { overall, arches } = decide(goInput({ release, targets: targets('failed') }));
    expect(overall).toBe('NO-GO');
    expect(JSON.stringify(arches)).toContain('qemu[from-4459.2.0]/amd64:cl.update.payload fails');
    expect(decide(goInput({ release, targets: targets('passed') })).overall).toBe('GO');
  });

  it('do not count when it is another one', () => {
    const verdict = decide(goInput({ targets: targets('failed') }));
    expect(verdict.overall).toBe('GO');
    expect(JSON.stringify(verdict)).toContain('it tested another image');
  });
});

describe('results that must not count', () => {
  it.each([
    [
      'the reference guest',
      { kind: 'reference' as const },
      'it tested a reference image; the policy flatcar counts flatcar images only',
    ],
    ['another digest', { digest: digestOf('b') }, `it tested another image (${digestOf('b').slice(0, 19)}…)`],
    ['no digest', { digest: 'unknown' }, 'it does not say which image it tested'],
    ['another policy', { policy: 'example' }, 'it was made for the policy example'],
    ['made-up results', { synthetic: true }, 'its results are synthetic'],
    ['another channel', { channel: 'beta' }, 'it ran for channel beta'],
    [
      'a clock that is ahead',
      { startedAt: now + 24 * hour },
      'its clock was ahead: it started in the future',
    ],
  ])('%s: neither passes nor failures', (_name, over, reason) => {
    const only = decide(goInput({ targets: [target('run1', [result('a'), result('b')], over)] }));
    expect(only.overall).toBe('UNDECIDED');
    expect(only.ignored).toEqual([
      { run: 'run1', target: `qemu/amd64/${'channel' in over ? 'beta' : 'stable'}`, reason },
    ]);
    const beside = decide(goInput({ targets: [...goInput().targets, target('run2', [failure('a')], over)] }));
    expect(beside.overall).toBe('GO');
  });
});

describe('platforms without an adapter', () => {
  const policy = (platform: string) =>
    parsePolicy(
      'p',
      policyText
        .replace('blocking: [qemu]', `blocking: [${platform}]`)
        .replace('nightlies: { green: 2 }', 'nightlies: off'),
    );
  it('are satisfied by imported results and named so', () => {
    const targets = [target('r', [result('a'), result('b')], { platform: 'vmware', provenance: 'imported' })];
    const verdict = decide(goInput({ policy: policy('vmware'), targets }));
    expect(verdict.overall).toBe('GO');
    const own = verdict.arches[0]!.requirements.find(one => one.id === 'scenarios@vmware/amd64');
    expect(own?.findings[0]?.text).toBe(
      'vmware has no adapter here; it is judged by imported results only (by others)',
    );
  });
  it('that are gone are never a pass', () => {
    const targets = [target('r', [result('a'), result('b')], { platform: 'metal' })];
    expect(lines(goInput({ policy: policy('metal'), targets }))).toContain(
      'scenarios@metal/amd64 missing: metal is not available (provider sunset)',
    );
  });
});

describe('a failure and a pass on one image', () => {
  const both = [target('run1', [failure('a'), result('b')]), target('run2', [result('a')])];
  it('is flaky, within the budget and in sight', () => {
    const verdict = decide(goInput({ targets: both }));
    expect(verdict.overall).toBe('GO');
    expect(verdict.arches[0]?.counts).toMatchObject({ flaky: 1, passed: 1 });
    const rule = verdict.arches[0]?.requirements.find(one => one.rule === 'flakes');
    expect(rule?.findings[0]?.text).toContain(
      'qemu/amd64:a is flaky (1 of 1 allowed): passed, but failed once as well',
    );
  });
  it('is no flake of the product when the infrastructure failed', () => {
    const retried = run(result('a', { outcome: 'flaky', cause: 'capacity', attempts: 2 }), result('b'));
    expect(decide(goInput({ targets: retried })).arches[0]?.counts).toMatchObject({ flaky: 0, passed: 2 });
  });
});

describe('waivers', () => {
  const failing = { targets: run(failure('a'), result('b')) };
  it('turn the failure they describe into waived', () => {
    const verdict = decide(goInput({ ...failing, waivers: [waiver()] }));
    expect(verdict.overall).toBe('GO');
    expect(stateOf(goInput({ ...failing, waivers: [waiver()] }), 'scenarios@qemu/amd64')).toBe('waived');
    expect(verdict.arches[0]?.requirements[0]?.findings[0]?.text).toBe(
      'qemu/amd64:a fails as waiver w1 says: check: it broke',
    );
  });
  it.each([
    [
      'another signature',
      { signature: 'check: something else' },
      'waiver w1 is for another failure (check: something else)',
    ],
    ['expired', { expires: '2026-11-15' }, 'waiver w1 expired on 2026-11-15'],
    ['approved by its author', { approver: 'ann' }, 'waiver w1 needs an approver other than its author ann'],
    ['not approved', { approver: undefined }, 'waiver w1 needs an approver other than its author ann'],
  ])('do not when they are %s', (_name, over, why) => {
    const one = waiver(over as Partial<ReturnType<typeof waiver>>);
    const input = goInput({ ...failing, waivers: [one] });
    expect(decide(input).overall).toBe('NO-GO');
    expect(lines(input)[0]).toContain(why);
  });
  it.each([
    ['scenario', { scenario: 'b' }],
    ['platform', { platforms: ['aws'] }],
    ['arch', { arches: ['arm64' as const] }],
    ['channel', { channels: ['beta'] }],
    ['version', { versions: { from: '4459.2.2', until: '4460.0.0' } }],
    ['end of versions', { versions: { from: '4459.0.0', until: '4459.2.1' } }],
  ])('do not for another %s', (_name, over) => {
    expect(decide(goInput({ ...failing, waivers: [waiver(over)] })).overall).toBe('NO-GO');
  });
  it('hold on their last day', () => {
    expect(decide(goInput({ ...failing, waivers: [waiver({ expires: '2026-11-16' })] })).overall).toBe('GO');
  });
});

describe('an emergency', () => {
  const emergency = {
    kind: 'embargo' as const,
    reason: 'CVE',
    shorten: ['freshness'],
    approvedBy: ['ann', 'bob'],
  };
  const old = { targets: run(result('a'), result('b', { decidedAt: now - 49 * hour })) };
  it('waives what the policy lets it, by those who may', () => {
    const input = goInput({ ...old, emergency });
    expect(decide(input).overall).toBe('GO');
    expect(stateOf(input, 'freshness@amd64')).toBe('waived');
  });
  it.each([
    ['too few approvals', { ...emergency, approvedBy: ['ann', 'ann'] }, '1 of 2 approvals by ann, bob'],
    ['people who may not', { ...emergency, approvedBy: ['ann', 'eve'] }, '1 of 2 approvals by ann, bob'],
    [
      'nobody named who might',
      { ...emergency, approvedBy: ['ann'] },
      'names nobody who may approve it: fill in emergency.approvers',
      policyText.replace(/approvers: \[[^\]]*\]/, 'approvers: []'),
    ],
    [
      'rules that must stay',
      { ...emergency, shorten: ['freshness', 'completeness'] },
      'the policy does not let completeness be shortened',
    ],
  ])('changes nothing with %s', (_name, wrong, why, text = policyText) => {
    const input = goInput({ ...old, emergency: wrong, policy: parsePolicy('policy.yaml', text) });
    expect(decide(input).overall).toBe('UNDECIDED');
    expect(lines(input).join('\n')).toContain(why);
  });
});

describe('a run set aside', () => {
  it('counts neither way and is named', () => {
    const targets = [...goInput().targets, target('bad', [failure('a')], { planned: ['a', 'b'] })];
    const setAside = [{ run: 'bad', reason: 'power cut', by: 'ann', approvedBy: 'bob' }];
    expect(decide(goInput({ targets })).overall).toBe('UNDECIDED');
    const verdict = decide(goInput({ targets, setAside }));
    expect(verdict.overall).toBe('GO');
    expect(stateOf(goInput({ targets, setAside }), 'setAside')).toBe('waived');
  });
});

it('asks for a scenario that is known to apply though nobody ran it', () => {
  const catalogue = [{ platform: 'qemu', arch: 'amd64' as const, scenario: 'new' }];
  expect(lines(goInput({ catalogue }))).toEqual([
    'scenarios@qemu/amd64 missing: qemu/amd64:new has no result: no run tested it',
  ]);
});

it('judges further machine types apart', () => {
  const extra = target('run2', [failure('a')], { variant: 'm4.2xlarge' });
  expect(lines(goInput({ targets: [...goInput().targets, extra] }))[0]).toContain(
    'qemu[m4.2xlarge]/amd64:a fails',
  );
});

it('names an architecture that the policy does not have', () => {
  expect(() => decide(goInput({ arches: ['arm64'] }))).toThrow(/the policy has no arm64 in channel stable/);
});

it('puts all streams of a day on one board', () => {
  const bad = decide(goInput({ targets: run(failure('a')) }));
  const board = releaseBoard([decide(goInput()), bad]);
  expect(board.overall).toBe('NO-GO');
  expect(board.rows.map(row => [row.decision, row.unmet, row.tested, row.expected])).toEqual([
    ['GO', 0, 2, 2],
    ['NO-GO', 1, 1, 1],
  ]);
});

it('gives the same bytes for the same input', () => {
  expect(canonicalJson(decide(goInput()))).toBe(canonicalJson(decide(structuredClone(goInput()))));
});
