import { bounded, type Capacity, pickNext, type Running, type Waiting } from './pack.ts';

/**
 * Milliseconds that a schedule takes which starts what comes next as the engine does (the longest first, with
 * backfilling), if everything takes as long as expected.
 */
export const makespan = (work: readonly Waiting[], capacity: Capacity): number => {
  const waiting = [...work]
    .sort((a, b) => b.expected - a.expected)
    .map(({ demand, expected }) => ({ demand: bounded(demand, capacity), expected }));
  let running: readonly Running[] = [];
  let now = 0;
  while (waiting.length > 0) {
    const next = pickNext(waiting, running, capacity, now);
    if (next === undefined) {
      now = Math.min(...running.map(({ endsAt }) => endsAt));
      running = running.filter(({ endsAt }) => endsAt > now);
      continue;
    }
    const [started] = waiting.splice(next, 1);
    if (started !== undefined)
      running = [...running, { demand: started.demand, endsAt: now + started.expected }];
  }
  return Math.max(now, ...running.map(({ endsAt }) => endsAt));
};
