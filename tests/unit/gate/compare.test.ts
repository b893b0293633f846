import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffContents } from '../../../src/gate/compare/contents.ts';
import { flakeScore } from '../../../src/gate/compare/flake-score.ts';
import { comparePackageVersions } from '../../../src/gate/compare/package-version.ts';
import { diffPackages } from '../../../src/gate/compare/packages.ts';
import { compareResults } from '../../../src/gate/compare/results.ts';
import { fisherWorse, mannWhitney, median, quantile } from '../../../src/gate/compare/statistics.ts';
import { failure, result, target } from '../../support/gate-input.ts';

describe('the categories of change', () => {
  const skip = result('x', { outcome: 'skipped' });
  const infra = failure('x', 's', { cause: 'capacity' });
  it.each([
    [[result('x')], [failure('x')], 'regressed'],
    [[failure('x')], [result('x')], 'fixed'],
    [[failure('x')], [failure('x')], 'stillFailing'],
    [[], [failure('x')], 'newFailure'],
    [[skip], [failure('x')], 'newFailure'],
    [[skip], [result('x')], 'newPass'],
    [[], [result('x')], 'appeared'],
    [[result('x')], [], 'disappeared'],
    [[result('x')], [infra], 'inconclusive'],
    [[result('x')], [result('x')], 'same'],
  ])('%#: is %3$s', (before, after, change) => {
    expect(compareResults([target('o', before)], [target('n', after)])[0]?.change).toBe(change);
  });
  it('keep platforms and architectures apart', () => {
    const found = compareResults(
      [target('o', [result('x')]), target('o2', [result('x')], { platform: 'aws' })],
      [target('n', [failure('x')]), target('n2', [result('x')], { platform: 'aws' })],
    );
    expect(found.map(one => [one.platform, one.change])).toEqual([
      ['aws', 'same'],
      ['qemu', 'regressed'],
    ]);
  });
});

describe('statistics', () => {
  const runsOf = (passes: number, failures: number, name: string) => [
    ...Array.from({ length: passes }, (_, i) => target(`${name}p${i}`, [result('x')])),
    ...Array.from({ length: failures }, (_, i) => target(`${name}f${i}`, [failure('x')])),
  ];
  it('call nothing certain below three failures', () => {
    expect(compareResults(runsOf(50, 0, 'o'), runsOf(0, 2, 'n'))[0]).toMatchObject({
      p: null,
      significant: false,
    });
    expect(compareResults(runsOf(50, 0, 'o'), runsOf(0, 3, 'n'))[0]).toMatchObject({ significant: true });
    expect(compareResults(runsOf(5, 5, 'o'), runsOf(4, 6, 'n'))[0]).toMatchObject({ significant: false });
  });
  it("know Fisher's tea", () => {
    // 3 of 4 cups right by guessing: (16 + 1) / 70.
    expect(fisherWorse({ passes: 3, failures: 1 }, { passes: 1, failures: 3 })).toBeCloseTo(17 / 70, 10);
    expect(fisherWorse({ passes: 10, failures: 0 }, { passes: 0, failures: 10 })).toBeCloseTo(1 / 184756, 10);
  });
  it('agree with the textbook on Mann-Whitney', () => {
    // scipy.stats.mannwhitneyu([1..5], [6..10], method="asymptotic"): p = 0.01218578.
    expect(mannWhitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10])).toBeCloseTo(0.01218578, 4);
    expect(mannWhitney([5, 5, 5], [5, 5, 5])).toBe(1);
    expect(mannWhitney([], [1])).toBe(1);
  });
  it('are chances', () => {
    const count = fc.nat({ max: 60 });
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        const p = fisherWorse({ passes: a, failures: b }, { passes: c, failures: d });
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        // One failure more after is never less surprising.
        const worse = fisherWorse({ passes: a, failures: b + 1 }, { passes: c + 1, failures: d });
        expect(worse).toBeGreaterThanOrEqual(
          fisherWorse({ passes: a + 1, failures: b }, { passes: c, failures: d + 1 }) - 1e-9,
        );
      }),
      { numRuns: 200 },
    );
    const sample = fc.array(fc.nat({ max: 50 }), { maxLength: 20 });
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        expect(mannWhitney(a, b)).toBeCloseTo(mannWhitney(b, a), 9);
      }),
      { numRuns: 200 },
    );
  });
  it('see a slower boot and not a single slow one', () => {
    const boots = (name: string, values: number[]) =>
      values.map((boot, i) => target(`${name}${i}`, [result('x', { boot })]));
    const old = boots('o', [100, 101, 102, 103, 104, 105]);
    const slower = compareResults(old, boots('n', [200, 201, 203, 202, 205, 204]))[0]?.boot;
    expect(slower).toMatchObject({ before: 102.5, after: 202.5, significant: true });
    expect(compareResults(old, boots('n', [100, 101, 102, 103, 104, 999]))[0]?.boot?.significant).toBe(false);
    expect(compareResults(old, boots('n', [200, 201]))[0]?.boot).toBeNull();
  });
  it('know medians and quantiles', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), quantile([0, 10], 0.95)]).toEqual([2, 2.5, 9.5]);
    expect(median([])).toBeNaN();
  });
});

describe('the flake score', () => {
  const points = (text: string) =>
    [...text].map(letter => ({
      outcome: ({ p: 'passed', f: 'failed', l: 'flaky' } as const)[letter as 'p'],
      infrastructure: false,
    }));
  it('is for changes, not for failures', () => {
    expect(flakeScore(points('pppppppp')).score).toBe(0);
    expect(flakeScore(points('ffffffff')).score).toBe(0);
    expect(flakeScore(points('pfpfpfpf'))).toMatchObject({ score: 100, flips: 7 });
    expect(flakeScore(points('llll')).score).toBe(100);
  });
  it('weighs what is recent and says where it goes', () => {
    expect(flakeScore(points('pfpppppp')).score).toBeGreaterThan(flakeScore(points('ppppppfp')).score);
    expect(flakeScore(points('pfpfpppp')).trend).toBe('rising');
    expect(flakeScore(points('pppppfpf')).trend).toBe('falling');
    expect(flakeScore(points('pppppppp')).trend).toBe('steady');
    expect(flakeScore(points('pf')).trend).toBe('unknown');
  });
  it('does not see infrastructure', () => {
    const mixed = points('ppfp').map((point, index) => ({ ...point, infrastructure: index === 2 }));
    expect(flakeScore(mixed)).toMatchObject({ score: 0, results: 3 });
  });
});

describe('packages', () => {
  it('are compared as Gentoo does', () => {
    const rising = [
      '1.0_alpha',
      '1.0_alpha2',
      '1.0_beta',
      '1.0_pre3',
      '1.0_rc1',
      '1.0',
      '1.0-r1',
      '1.0_p1',
      '1.0a',
      '1.0.1',
      '1.01',
      '1.1',
      '1.9',
      '1.10',
      '2.0',
      '20260101',
    ];
    for (const [index, version] of rising.slice(1).entries()) {
      expect(comparePackageVersions(rising[index]!, version), `${rising[index]} < ${version}`).toBeLessThan(
        0,
      );
      expect(comparePackageVersions(version, rising[index]!)).toBeGreaterThan(0);
    }
    expect(comparePackageVersions('1.0-r0', '1.0')).toBe(0);
  });
  it('changed, came, went and went back', () => {
    const before = [
      'app-admin/sudo-1.9.15_p5::portage-stable',
      'sys-kernel/coreos-kernel-6.12.1::x',
      'net-misc/curl-8.1::x',
      'dev-libs/gone-1::x',
      'noise',
    ];
    const after = [
      'app-admin/sudo-1.9.14::portage-stable',
      'sys-kernel/coreos-kernel-6.12.2::x',
      'net-misc/curl-8.1::x',
      'dev-libs/come-1::x',
    ];
    expect(diffPackages(before, after).map(one => [one.name, one.kind])).toEqual([
      ['app-admin/sudo', 'downgraded'],
      ['dev-libs/come', 'added'],
      ['dev-libs/gone', 'removed'],
      ['sys-kernel/coreos-kernel', 'upgraded'],
    ]);
  });
});

it('files are compared by mode, owner, link and size', () => {
  const file = (mode: string, size: number, path: string, owner = 'root') =>
    `${mode}  1 ${owner}    root    ${String(size).padStart(7)} 2026-11-20 10:11 .${path}`;
  const before = [
    file('-rwxr-xr-x', 100, '/usr/bin/a'),
    file('-rwsr-xr-x', 100, '/usr/bin/su'),
    file('-rw-r--r--', 5_000_000, '/usr/lib/big file'),
    'lrwxrwxrwx  1 root    root          3 2026-11-20 10:11 ./bin -> usr',
  ].join('\n');
  const after = [
    file('-rwsr-xr-x', 101, '/usr/bin/a'),
    file('-rw-r--r--', 1_000, '/usr/lib/big file'),
    file('-rw-r--r--', 1, '/new', 'core'),
    'lrwxrwxrwx  1 root    root          3 2026-11-20 10:11 ./bin -> etc',
  ].join('\n');
  expect(
    diffContents(before, after).map(one => [one.path, one.kind, one.before, one.after, one.delta]),
  ).toEqual([
    ['/bin', 'link', 'usr', 'etc', 0],
    ['/new', 'added', null, '-rw-r--r--', 1],
    ['/usr/bin/a', 'mode', '-rwxr-xr-x', '-rwsr-xr-x', 1],
    ['/usr/bin/su', 'removed', '-rwsr-xr-x', null, -100],
    ['/usr/lib/big file', 'size', '5000000', '1000', -4_999_000],
  ]);
});
