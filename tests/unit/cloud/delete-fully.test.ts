import { expect, it } from 'vitest';
import { ApiCalls } from '../../../src/cloud/calls.ts';
import { deleteFully, unsureAbout } from '../../../src/cloud/delete-fully.ts';
import { CloudCallError, type FaultKind } from '../../../src/cloud/fault.ts';
import { orGone } from '../../../src/cloud/or-gone.ts';
import { hastyClock } from '../../support/clouds/hasty-clock.ts';

const fails = (kind: FaultKind): CloudCallError => new CloudCallError({ kind, message: kind }, undefined);

/** Each turn is a fault, something to wait for, or `done`. */
const attempt = (...turns: readonly string[]) => {
  const clock = hastyClock(500);
  const style = {
    ...{ platform: 'x', account: '', credentialsHint: '', codes: {}, rate: { perSecond: 1, burst: 1 } },
    read: () => ({ message: '' }),
  };
  const calls = new ApiCalls(style, clock, () => {});
  const left = [...turns];
  const limits = { every: 10_000, until: 600_000 };
  const done = deleteFully(calls, 'thing 1', limits, new AbortController().signal, async () => {
    const turn = left.length > 1 ? left.shift() : left[0];
    if (turn === 'busy' || turn === 'not-found' || turn === 'permission') throw fails(turn);
    return turn === 'done' ? undefined : turn;
  });
  return { done, left, calls };
};

it('asks again for what something else still needs, and for what goes by and by', async () => {
  const busy = attempt('busy', 'busy', 'done', 'never');
  await busy.done;
  expect(busy.left).toEqual(['never']);
  const slow = attempt('being deleted', 'being deleted', 'not-found', 'never');
  await slow.done;
  expect(slow.left).toEqual(['never']);
});

it('passes on what will not change, and says what was awaited when it lasts too long', async () => {
  await expect(attempt('permission').done).rejects.toThrow('permission');
  await expect(attempt('busy').done).rejects.toThrow(
    'waited 600 s for thing 1 to be deleted; last seen: busy',
  );
});

it('is not told apart from gone while it is young, where a cloud needs a while to know it', async () => {
  const clock = hastyClock(500);
  const unsure = unsureAbout(true, clock, 60_000);
  expect(unsure()).toBe(true);
  await clock.sleep(60_000);
  expect(unsure()).toBe(false);
  expect(unsureAbout(undefined, clock, 60_000)()).toBe(false);
  let asked = 0;
  const late = { every: 10_000, until: 600_000, unsure: () => asked < 3 };
  const { calls } = attempt('done');
  await deleteFully(calls, 'thing 1', late, new AbortController().signal, async () => {
    asked += 1;
    throw fails('not-found');
  });
  expect(asked).toBe(3);
});

it('a machine that nobody knows is gone; not to be told is no proof', async () => {
  expect(await orGone(async () => undefined)).toBeUndefined();
  expect(await orGone(async () => 'off')).toBe('off');
  expect(await orGone(() => Promise.reject(fails('not-found')))).toBe('not there any more');
  await expect(orGone(() => Promise.reject(fails('network')))).rejects.toThrow('network');
});
