import { expect, it } from 'vitest';
import { createNamed } from '../../../src/cloud/create-named.ts';
import { CloudCallError, type FaultKind } from '../../../src/cloud/fault.ts';
import { hastyClock } from '../../support/clouds/hasty-clock.ts';

const never = new AbortController().signal;

const fails = (kind: FaultKind): CloudCallError => new CloudCallError({ kind, message: kind }, undefined);

const attempt = (answers: readonly (string | FaultKind)[], there: readonly (string | undefined)[]) => {
  const [left, found] = [[...answers], [...there]];
  const calls = { made: 0 };
  const make = async (): Promise<string> => {
    calls.made += 1;
    const next = left.shift() ?? 'none';
    if (next.startsWith('id-')) return next;
    throw fails(next as FaultKind);
  };
  return { calls, done: createNamed(make, async () => found.shift(), hastyClock(100_000), never) };
};

it('looks for what a broken server may have made before it makes it again', async () => {
  const made = attempt(['transient', 'id-2'], ['id-1']);
  expect(await made.done).toBe('id-1');
  expect(made.calls.made).toBe(1);
});

it('makes it again when it is not there, but not for ever', async () => {
  expect(await attempt(['transient', 'id-2'], [undefined]).done).toBe('id-2');
  const endless = attempt(['transient', 'transient', 'transient', 'transient', 'id-5'], []);
  await expect(endless.done).rejects.toThrow('transient');
  expect(endless.calls.made).toBe(4);
});

it('takes what is there under its name, and passes on everything else', async () => {
  expect(await attempt(['exists'], ['id-1']).done).toBe('id-1');
  await expect(attempt(['exists'], []).done).rejects.toThrow('exists');
  await expect(attempt(['network', 'id-2'], ['id-1']).done).rejects.toThrow('network');
});
