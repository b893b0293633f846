import { expect, it } from 'vitest';
import { ApiCalls } from '../../../src/cloud/calls.ts';
import { TokenBucket } from '../../../src/cloud/token-bucket.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const never = new AbortController().signal;

const callsOn = (clock: SimulatedClock, log: string[] = [], account = 'me'): ApiCalls =>
  new ApiCalls(
    {
      platform: 'test',
      account,
      credentialsHint: 'set X',
      rate: { perSecond: 10, burst: 2 },
      codes: { Slow: 'throttled' },
      read: error => ({ ...(error as object), message: String((error as Error).message) }),
    },
    clock,
    line => log.push(line),
    () => 0.5,
  );

const failing = (fault: object, times: number) => {
  let left = times;
  return async (): Promise<string> => {
    if (left-- > 0) throw Object.assign(new Error('no'), fault);
    return 'done';
  };
};

it('paces calls: a burst, then so many a second, for all who share account and API', async () => {
  const clock = new SimulatedClock();
  const [one, other] = [callsOn(clock), callsOn(clock)];
  const ends: number[] = [];
  await Promise.all(
    Array.from({ length: 6 }, (_, index) =>
      (index % 2 === 0 ? one : other).call('api Get', never, async () => ends.push(clock.monotonic())),
    ),
  );
  expect(ends.map(Math.round)).toEqual([0, 0, 100, 200, 300, 400]);
});

it('does not pace other accounts with it', async () => {
  const clock = new SimulatedClock();
  await Promise.all([1, 2].map(() => callsOn(clock).call('api Get', never, async () => {})));
  await callsOn(clock, [], 'other').call('api Get', never, async () => {});
  expect(clock.monotonic()).toBe(0);
});

it('waits as long as Retry-After says, and says so', async () => {
  const clock = new SimulatedClock();
  const log: string[] = [];
  const calls = callsOn(clock, log);
  const make = failing({ code: 'Slow', retryAfter: 7000 }, 1);
  await expect(calls.call('api Get', never, make)).resolves.toBe('done');
  expect(clock.monotonic()).toBeGreaterThanOrEqual(7000);
  expect(log).toEqual(['Waiting 7.0 s to repeat api Get: Slow']);
});

it('repeats after a 5xx, not what must be made once, and not for ever', async () => {
  const clock = new SimulatedClock();
  const calls = callsOn(clock);
  await expect(calls.call('api Get', never, failing({ status: 502 }, 3))).resolves.toBe('done');
  await expect(calls.call('api Post', never, failing({ status: 502 }, 1), { once: true })).rejects.toThrow(
    'test refused api Post: no',
  );
  await expect(calls.call('api Get', never, failing({ status: 502 }, 99))).rejects.toMatchObject({
    kind: 'provisioning',
    code: 'cloud-transient',
  });
});

it('gives up its wait when it is called off', async () => {
  const clock = new SimulatedClock();
  const stop = new AbortController();
  const call = callsOn(clock).call('api Get', stop.signal, failing({ code: 'Slow', retryAfter: 1e9 }, 1));
  setImmediate(() => stop.abort(new Error('enough')));
  await expect(call).rejects.toThrow('enough');
});

it('awaits the answer to a create call although it was called off', async () => {
  const stop = new AbortController();
  const answer = callsOn(new SimulatedClock()).call(
    'api Create',
    stop.signal,
    async signal => {
      stop.abort(new Error('enough'));
      signal.throwIfAborted();
      return 'id-1';
    },
    { creates: true },
  );
  await expect(answer).resolves.toBe('id-1');
});

it('takes "not found" for "not yet" while it waits', async () => {
  const clock = new SimulatedClock();
  const calls = callsOn(clock);
  const find = failing({ status: 404 }, 2);
  const found = calls.eventually('it to appear', { every: 1000, until: 9000 }, never, async () => ({
    done: await calls.call('api Get', never, find),
  }));
  await expect(found).resolves.toBe('done');
  expect(clock.monotonic()).toBeGreaterThanOrEqual(2000);
});

it('a bucket that was penalised lets nobody through for that long', async () => {
  const clock = new SimulatedClock();
  const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, clock);
  bucket.penalise(3000);
  await bucket.take(never);
  expect(clock.monotonic()).toBeCloseTo(3000, -1);
});
