import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/core/event.ts';
import type { Subject } from '../../../src/core/target.ts';
import { CostMeter } from '../../../src/plan/cost.ts';

const subject: Subject = {
  platform: 'aws',
  arch: 'amd64',
  channel: 'stable',
  image: { name: 'flatcar', kind: 'flatcar', digest: 'sha256:0', version: '1.2.3' },
  scenario: 'cl.basic',
  copy: 1,
};
const at = (minute: number): string => new Date(minute * 60_000).toISOString();
const envelope = (minute: number) => ({ v: 1, run: 'r', seq: 1, time: at(minute) }) as const;
const started = (attempt: string, minute: number): RunEvent => ({
  ...envelope(minute),
  type: 'attempt.started',
  attempt,
  subject,
  number: 1,
});
const phase = (
  attempt: string,
  machine: string,
  name: 'provisioning' | 'destroyed',
  minute: number,
): RunEvent => ({
  ...envelope(minute),
  type: 'machine.phase',
  attempt,
  machine,
  role: 'node',
  phase: name,
});
const ended = (attempt: string, minute: number): RunEvent => ({
  ...envelope(minute),
  type: 'attempt.ended',
  attempt,
  subject,
  number: 1,
  outcome: 'passed',
  checks: { held: 1, broken: 0 },
  phases: { provision: 0, boot: 0, run: 0, teardown: 0 },
});

const meter = (max?: number): { readonly meter: CostMeter; readonly over: number[] } => {
  const over: number[] = [];
  const own = new CostMeter({
    hourly: () => 6,
    expected: () => 10 * 60_000,
    onOver: cost => over.push(cost),
    ...(max === undefined ? {} : { max }),
  });
  return { meter: own, over };
};

test('machines cost from their creation to their end', () => {
  const { meter: own, over } = meter();
  const { event } = own.reporter();
  for (const one of [
    started('a', 0),
    phase('a', 'm1', 'provisioning', 0),
    phase('a', 'm2', 'provisioning', 5),
  ])
    event?.(one);
  event?.(phase('a', 'm1', 'destroyed', 10));
  expect(own.spent).toBeCloseTo(1);
  event?.(ended('a', 15));
  expect(own.spent).toBeCloseTo(2);
  expect(over).toEqual([]);
});

test('the limit counts what is going on with what it is expected to cost, and is told once', () => {
  const { meter: own, over } = meter(2.5);
  const { event } = own.reporter();
  event?.(started('a', 0));
  event?.(started('b', 0));
  expect(over).toEqual([]);
  event?.(started('c', 0));
  event?.(started('d', 0));
  expect(over).toEqual([3]);
});

test('a limit of nothing lets nothing start', () => {
  const { meter: own, over } = meter(0);
  own.reporter().event?.(started('a', 0));
  expect(over).toHaveLength(1);
});
