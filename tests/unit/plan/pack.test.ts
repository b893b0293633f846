import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { order, seededRandom } from '../../../src/plan/order.ts';
import { bounded, type Capacity, lowerBound, pickNext, type Running } from '../../../src/plan/pack.ts';

interface Job {
  readonly name: number;
  readonly machines: number;
  /** What it takes, and what history says it takes. */
  readonly takes: number;
  readonly known: { readonly took: number; readonly failed: boolean };
}

const demand = ({ machines }: Pick<Job, 'machines'>) => ({
  machines,
  memoryMiB: machines * 1024,
  vcpus: machines,
});
const room = (machines: number): Capacity => ({
  machines,
  memoryMiB: Number.POSITIVE_INFINITY,
  vcpus: Number.POSITIVE_INFINITY,
});

interface Outcome {
  readonly makespan: number;
  readonly started: ReadonlyMap<number, number>;
  readonly most: number;
}

/** Plays a whole run in event time. */
const play = (jobs: readonly Job[], capacity: Capacity): Outcome => {
  const waiting = jobs.map(job => ({
    job,
    demand: bounded(demand(job), capacity),
    expected: job.known.took,
  }));
  let running: (Running & { readonly done: number })[] = [];
  const started = new Map<number, number>();
  let now = 0;
  let most = 0;
  while (waiting.length > 0 || running.length > 0) {
    for (
      let place = pickNext(waiting, running, capacity, now);
      place !== undefined;
      place = pickNext(waiting, running, capacity, now)
    ) {
      const [next] = waiting.splice(place, 1);
      if (next === undefined) break;
      started.set(next.job.name, now);
      running.push({ demand: next.demand, endsAt: now + next.expected, done: now + next.job.takes });
    }
    most = Math.max(
      most,
      running.reduce((sum, { demand: held }) => sum + held.machines, 0),
    );
    now = Math.min(...running.map(({ done }) => done));
    running = running.filter(({ done }) => done > now);
  }
  return { makespan: now, started, most };
};

/** Durations as release runs have them: most short, a few very long (seconds); clusters among them. */
const draw = (count: number, seed: number, wrong: number): Job[] => {
  const random = seededRandom(seed);
  const between = (low: number, high: number): number => low + random() * (high - low);
  return Array.from({ length: count }, (_, name) => {
    const kind = random();
    const takes = kind < 0.8 ? between(90, 310) : kind < 0.95 ? between(310, 600) : between(600, 1200);
    const size = random();
    const machines = size < 0.8 ? 1 : size < 0.92 ? 2 : 3;
    return { name, machines, takes, known: { took: takes * between(1 - wrong, 1 + wrong), failed: false } };
  });
};

describe('packing', () => {
  it('comes within 5 % of the lower bound over 100 workloads with a history that is ±30 % wrong', () => {
    const ratios = Array.from({ length: 100 }, (_, seed) => {
      const slots = 8 + Math.floor(seededRandom(seed + 1000)() * 53);
      const jobs = draw(150, seed, 0.3);
      const bound = lowerBound(
        jobs.map(job => ({ demand: demand(job), expected: job.takes })),
        room(slots),
      );
      return play(order(jobs, seed), room(slots)).makespan / bound;
    });
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    expect(mean).toBeLessThanOrEqual(1.05);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1.15);
  });

  it('beats the order of the catalogue by far', () => {
    const jobs = draw(150, 5, 0.3);
    expect(play(order(jobs, 5), room(40)).makespan).toBeLessThan(0.9 * play(jobs, room(40)).makespan);
  });

  it('never uses more than there is, and starts everything', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 12 }), (seed, slots) => {
        const jobs = draw(40, seed, 0.9);
        const { started, most } = play(order(jobs, seed), room(slots));
        expect(started.size).toBe(40);
        expect(most).toBeLessThanOrEqual(slots);
      }),
      { numRuns: 50 },
    );
  });

  it('does not let a large cluster starve behind small ones that keep coming', () => {
    const cluster: Job = { name: 0, machines: 4, takes: 100, known: { took: 100, failed: true } };
    const small = Array.from({ length: 200 }, (_, index) => ({
      name: index + 1,
      machines: 1,
      takes: 50 + (index % 7),
      known: { took: 50, failed: false },
    }));
    const blocker: Job = { name: 999, machines: 1, takes: 60, known: { took: 60, failed: true } };
    const { started } = play([blocker, cluster, ...small], room(4));
    expect(started.get(0)).toBeLessThanOrEqual(120);
  });

  it('counts memory as well as machines', () => {
    const capacity = { machines: 10, memoryMiB: 2048, vcpus: 10 };
    const waiting = [{ demand: { machines: 1, memoryMiB: 1500, vcpus: 1 }, expected: 1 }];
    const running = [{ demand: { machines: 1, memoryMiB: 1024, vcpus: 1 }, endsAt: 5 }];
    expect(pickNext(waiting, running, capacity, 0)).toBeUndefined();
    expect(pickNext(waiting, [], capacity, 0)).toBe(0);
  });
});
