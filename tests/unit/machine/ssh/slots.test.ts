import { expect, test } from 'vitest';
import { Slots } from '../../../../src/machine/ssh/slots.ts';

test('slots are given in order, and a release twice frees one only', async () => {
  const slots = new Slots(1);
  const order: string[] = [];
  const first = await slots.take();
  const others = ['b', 'c'].map(async name => {
    const release = await slots.take();
    order.push(name);
    release();
    release();
  });
  first();
  await Promise.all(others);
  expect(order).toEqual(['b', 'c']);
  const again = await slots.take();
  let entered = false;
  const waiting = slots.take().then(release => {
    entered = true;
    return release;
  });
  await Promise.resolve();
  expect(entered).toBe(false);
  again();
  (await waiting)();
});

test('one who leaves the queue takes no slot along', async () => {
  const slots = new Slots(1);
  const release = await slots.take();
  const controller = new AbortController();
  const leaving = slots.take(controller.signal);
  const staying = slots.take();
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(leaving).rejects.toBe(reason);
  await expect(slots.take(controller.signal)).rejects.toBe(reason);
  release();
  (await staying)();
});
