import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ciMatrix } from '../../../src/plan/ci-matrix.ts';
import { type MatrixCell, scenariosOf } from '../../../src/plan/matrix.ts';

const one = (name: string, minutes = 1) => ({ name, machines: 1, expected: minutes * 60_000 });
const cell = (over: Partial<MatrixCell> = {}): MatrixCell => ({
  platform: 'aws',
  arch: 'amd64',
  type: 't3.small',
  variant: '',
  smoke: [one('cl.basic', 2), one('cl.internet', 1)],
  full: [one('a', 5), one('b', 5), one('c', 5)],
  update: [],
  hourly: 0.6,
  ...over,
});
const limits = new Map([
  ['aws', { machines: 8, limitHours: 6 }],
  ['qemu', { machines: 20, limitHours: undefined }],
]);
const accounts = new Set(['aws']);

test('an entry for each place, with all of its tiers and machine types', () => {
  const cells = [
    cell(),
    cell({ type: 'm4', variant: 'm4', full: [] }),
    cell({ arch: 'arm64' }),
    cell({ platform: 'qemu' }),
    cell({ platform: 'qemu', variant: 'from-3033.2.4', smoke: [], full: [], update: [one('u', 9)] }),
  ];
  expect(ciMatrix({ cells, limits, shards: 1, accounts })).toEqual([
    // Entries may run beside each other: those of a platform share its quota.
    {
      platform: 'aws',
      arch: 'amd64',
      shard: '1/1',
      parallel: 4,
      scenarios: 7,
      expectedMinutes: 9,
      account: true,
    },
    {
      platform: 'aws',
      arch: 'arm64',
      shard: '1/1',
      parallel: 4,
      scenarios: 5,
      expectedMinutes: 7,
      account: true,
    },
    {
      platform: 'qemu',
      arch: 'amd64',
      shard: '1/1',
      parallel: 20,
      scenarios: 6,
      expectedMinutes: 16,
      account: false,
    },
  ]);
});

test('shards have every scenario once, and an empty one is no entry', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 6 }), (all, shards) => {
      const own = cell({
        smoke: all.slice(0, 2).map(name => one(name)),
        full: all.slice(2).map(name => one(name)),
      });
      const entries = ciMatrix({ cells: [own], limits, shards, accounts });
      expect(entries.reduce((sum, entry) => sum + entry.scenarios, 0)).toBe(scenariosOf(own).length);
      expect(entries.every(entry => entry.scenarios > 0 && entry.parallel >= 1)).toBe(true);
      expect(entries.reduce((sum, entry) => sum + entry.parallel, 0)).toBeLessThanOrEqual(8);
    }),
  );
});
