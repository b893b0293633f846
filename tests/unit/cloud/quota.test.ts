import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeRoom, leastOf, type Quota, roomIn } from '../../../src/cloud/quota.ts';

const place = { where: 'project in region', type: 'large', flags: '--type' };
const cores: Quota = { name: 'cores', limit: 20, used: 14, each: 2 };

it('says how many machines have room', () => {
  expect(describeRoom(cores, place)).toBe(
    'the quota cores of project in region has room for 3 machines: 14 of 20 are in use',
  );
});

it('says that there is no room, and what to do', () => {
  expect(() => describeRoom({ ...cores, used: 19 }, place)).toThrow(
    expect.objectContaining({
      ...{ kind: 'capacity', code: 'cloud-quota' },
      message: 'the quota cores of project in region has no room for a large: 19 of 20 are in use',
      hint: 'wait for other runs, choose another --type, or have the quota cores raised',
    }),
  );
});

it('has no room when it is overdrawn', () => {
  expect(roomIn({ ...cores, used: 30 })).toBe(0);
});

it('finds the quota that ends first, and none among none', () => {
  const addresses: Quota = { name: 'addresses', limit: 8, used: 6, each: 1 };
  expect(leastOf([cores, addresses])).toBe(addresses);
  expect(leastOf([cores, cores, { ...addresses, used: 0 }])).toBe(cores);
  expect(leastOf([])).toBeUndefined();
});

const quota = fc.record({ name: fc.string(), limit: fc.nat(), used: fc.nat(), each: fc.integer({ min: 1 }) });

it('lets as many machines in as fit, and not one more', () => {
  fc.assert(
    fc.property(quota, one => {
      const room = roomIn(one);
      if (room > 0) expect(one.used + room * one.each).toBeLessThanOrEqual(one.limit);
      expect(one.used + (room + 1) * one.each).toBeGreaterThan(one.limit);
    }),
  );
});
