import { expect, it } from 'vitest';
import { Pool } from '../../../../platforms/equinixmetal/pool.ts';

it('hands out each device once, the longest idle first', () => {
  const pool = new Pool();
  pool.giveBack('a');
  pool.giveBack('b');
  pool.giveBack('a');
  expect([pool.take(), pool.take(), pool.take()]).toEqual(['a', 'b', undefined]);
});

it('does not take back what is lost', () => {
  const pool = new Pool();
  pool.giveBack('a');
  pool.forget('a');
  pool.giveBack('a');
  expect(pool.take()).toBeUndefined();
});
