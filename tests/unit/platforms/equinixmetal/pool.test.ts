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

it('gives a machine only a device with its own key', () => {
  const pool = new Pool();
  pool.note('a', 'ssh-ed25519 AAAA');
  pool.giveBack('a');
  expect(pool.take()).toBeUndefined();
  expect(pool.take('ssh-ed25519 BBBB')).toBeUndefined();
  expect(pool.take('ssh-ed25519 AAAA')).toBe('a');
});
