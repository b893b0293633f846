import { describe, expect, it } from 'vitest';
import { loadPrices } from '../../../src/cli/dashboard/prices.ts';
import { costOf } from '../../../src/dashboard/load/cost.ts';

const hour = 3_600_000;
const aws = { platform: 'aws', arch: 'amd64' as const, variant: '' };

describe('the cost of machines', async () => {
  const hourly = await loadPrices();
  it('is their time at the price of the type that the matrix gives the platform', () => {
    expect(hourly(aws)).toEqual({ type: 't3.small', amount: 0.0208, currency: 'USD' });
    const cost = costOf([{ ...aws, machineTime: 10 * hour }], hourly);
    expect(cost).toMatchObject({ currency: 'USD', machineTime: 10 * hour, types: ['t3.small'] });
    expect(cost?.amount).toBeCloseTo(0.208);
  });
  it('is summed over further types, and leaves out what has no price', () => {
    const targets = [
      { ...aws, machineTime: hour },
      { ...aws, variant: 'm4.2xlarge', machineTime: hour },
      { ...aws, variant: 'never.heard', machineTime: hour },
      { ...aws, platform: 'qemu', machineTime: hour },
    ];
    expect(costOf(targets, hourly)).toMatchObject({
      types: ['m4.2xlarge', 't3.small'],
      machineTime: 2 * hour,
    });
    expect(costOf(targets, hourly)?.amount).toBeCloseTo(0.4208);
  });
  it('is not known where nothing is paid, or nobody said how long machines were up', () => {
    expect(costOf([{ ...aws, platform: 'qemu', machineTime: hour }], hourly)).toBeNull();
    expect(costOf([{ ...aws, machineTime: 0 }], hourly)).toBeNull();
    expect(costOf([], hourly)).toBeNull();
  });
});
