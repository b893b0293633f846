import { expect, it } from 'vitest';
import { processorsOf } from '../../../../platforms/gce/preflight.ts';

it.each([
  ['n1-standard-2', 'CPUS'],
  ['e2-standard-2', 'CPUS'],
  ['custom-2-4096', 'CPUS'],
  ['n2-custom-2-4096', 'N2_CPUS'],
  ['n2d-standard-2', 'N2D_CPUS'],
  ['t2a-standard-2', 'T2A_CPUS'],
])('%s counts for %s', (type, metric) => {
  expect(processorsOf(type)).toBe(metric);
});
