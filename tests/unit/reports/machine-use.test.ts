import { describe, expect, it } from 'vitest';
import { retirementLine, usageLine } from '../../../reports/machine-use.ts';

describe('what a run says about its machines', () => {
  it('is one line on time, slots and machine-minutes', () => {
    expect(
      usageLine({
        makespan: 162_000,
        lowerBound: 150_000,
        machineTime: 744_000,
        machines: 9,
        utilisation: 0.921,
      }),
    ).toBe(
      'Took 2 min 42 s, at best 2 min 30 s (1.08 ×); slots 92 % in use; 12.4 machine-minutes on 9 machines',
    );
    const nothing = usageLine({ makespan: 0, lowerBound: 0, machineTime: 0, machines: 1, utilisation: 1 });
    expect(nothing).toContain('(1.00 ×)');
  });

  it('names who left a shared machine dirty, and the first changes', () => {
    const changes = ['+ files: /tmp/a', '- units: b.service', '~ kernel: c: 1 → 2', '+ d', '+ e'];
    expect(retirementLine({ machine: 'm', scenarios: ['x', 'y'], changes })).toBe(
      'Retired a shared machine after x, y: + files: /tmp/a, - units: b.service, ~ kernel: c: 1 → 2, and 2 more changes',
    );
  });
});
