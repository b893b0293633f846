import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makespan } from '../../../src/plan/makespan.ts';
import {
  type CellScenario,
  type MatrixCell,
  type MatrixInput,
  planMatrix,
} from '../../../src/plan/matrix.ts';
import { lowerBound } from '../../../src/plan/pack.ts';

const minutes = (n: number): number => n * 60_000;
const one = (name: string, expected: number, machines = 1): CellScenario => ({
  name,
  machines,
  expected: minutes(expected),
});
const cell = (over: Partial<MatrixCell> = {}): MatrixCell => ({
  platform: 'aws',
  arch: 'amd64',
  type: 't3.small',
  variant: '',
  smoke: [one('cl.basic', 2), one('cl.internet', 1)],
  full: [one('kubeadm', 30, 3), one('a', 5), one('b', 5), one('c', 5)],
  update: [],
  hourly: 0.6,
  ...over,
});
const input = (over: Partial<MatrixInput> = {}): MatrixInput => ({
  cells: [cell()],
  absent: [],
  limits: new Map([['aws', { machines: 4, limitHours: 6 }]]),
  shards: 1,
  ...over,
});

test('a job for each tier and shard, with minutes, machines and cost', () => {
  const plan = planMatrix(input());
  expect(plan.jobs).toEqual([
    expect.objectContaining({
      tier: 'smoke',
      shard: '1/1',
      scenarios: 2,
      machines: 2,
      expectedMinutes: 2,
      cost: 0.03,
      parallel: 4,
      limitHours: 6,
    }),
    expect.objectContaining({
      tier: 'full',
      shard: '1/1',
      scenarios: 4,
      machines: 6,
      expectedMinutes: 30,
      cost: 1.05,
    }),
  ]);
  expect(plan.totals).toEqual({ scenarios: 6, machines: 8, machineHours: 1.8, cost: 1.08, unpriced: [] });
  expect(plan.lowerBoundMinutes).toBe(32);
  expect(plan.expectedMinutes).toBe(32);
});

test('further types run the smoke tier and share the quota; what has no price is named', () => {
  const big = cell({ type: 'm4.2xlarge', variant: 'm4.2xlarge', full: [], hourly: undefined });
  const plan = planMatrix(input({ cells: [cell(), big] }));
  expect(plan.jobs.map(({ variant, tier, parallel }) => [variant, tier, parallel])).toEqual([
    ['', 'smoke', 2],
    ['', 'full', 2],
    ['m4.2xlarge', 'smoke', 2],
  ]);
  expect(plan.jobs[2]?.cost).toBeNull();
  expect(plan.totals.unpriced).toEqual(['aws m4.2xlarge']);
});

test('updates are a tier of their own, for each release that they start with', () => {
  const update = cell({
    platform: 'qemu',
    variant: 'from-3033.2.4',
    smoke: [],
    full: [],
    update: [one('cl.update.payload', 12), one('cl.update.oem', 20)],
    hourly: 0,
  });
  const limits = new Map([['qemu', { machines: 4, limitHours: undefined }]]);
  const plan = planMatrix(input({ cells: [update], limits, shards: 3 }));
  expect(plan.jobs).toEqual([
    expect.objectContaining({ tier: 'update', variant: 'from-3033.2.4', shard: '1/1', scenarios: 2 }),
  ]);
  expect(plan).toMatchObject({ expectedMinutes: 20, lowerBoundMinutes: 20, totals: { scenarios: 2 } });
  // They come after the rest, and take nothing of its part of the quota.
  const both = planMatrix(input({ cells: [cell({ platform: 'qemu' }), update], limits }));
  expect(both.jobs.map(({ tier, parallel }) => [tier, parallel])).toEqual([
    ['smoke', 4],
    ['full', 4],
    ['update', 4],
  ]);
});

test('shards are those of kola run --shard, each scenario in one', () => {
  const full = Array.from({ length: 40 }, (_, index) => one(`s${index}`, 1));
  const plan = planMatrix(input({ cells: [cell({ full, smoke: [] })], shards: 3 }));
  expect(plan.jobs.map(({ shard }) => shard)).toEqual(['1/3', '2/3', '3/3']);
  expect(plan.jobs.reduce((sum, job) => sum + job.scenarios, 0)).toBe(40);
});

test('places without an adapter are named and cost nothing', () => {
  const absent = [{ platform: 'vmware', arch: 'amd64', state: 'imported', note: 'by other CI' }] as const;
  const plan = planMatrix(input({ cells: [], absent }));
  expect(plan).toMatchObject({ jobs: [], absent, lowerBoundMinutes: 0, totals: { cost: 0 } });
});

const work = fc.array(
  fc.record({ machines: fc.integer({ min: 1, max: 5 }), expected: fc.integer({ min: 1, max: 100 }) }),
  { maxLength: 30 },
);

test('no schedule beats the lower bound, nor is worse than one after another', () => {
  fc.assert(
    fc.property(work, fc.integer({ min: 1, max: 8 }), (items, machines) => {
      const capacity = { machines, memoryMiB: Number.POSITIVE_INFINITY, vcpus: Number.POSITIVE_INFINITY };
      const waiting = items.map(item => ({
        demand: { machines: item.machines, memoryMiB: 0, vcpus: 0 },
        expected: item.expected,
      }));
      const span = makespan(waiting, capacity);
      expect(span).toBeGreaterThanOrEqual(lowerBound(waiting, capacity) - 1e-6);
      expect(span).toBeLessThanOrEqual(items.reduce((sum, { expected }) => sum + expected, 0));
    }),
  );
});
