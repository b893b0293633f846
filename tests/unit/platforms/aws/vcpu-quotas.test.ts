import { expect, it } from 'vitest';
import { vcpuQuotaOf } from '../../../../platforms/aws/vcpu-quotas.ts';

it.each([
  ['t3.small', 'L-1216C47A'],
  ['a1.large', 'L-1216C47A'],
  ['m7i-flex.large', 'L-1216C47A'],
  ['im4gn.large', 'L-1216C47A'],
  ['is4gen.medium', 'L-1216C47A'],
  ['d3en.xlarge', 'L-1216C47A'],
  ['dl1.24xlarge', 'L-6E869C2A'],
  ['f2.12xlarge', 'L-74FC7D96'],
  ['g4dn.xlarge', 'L-DB2E81BA'],
  ['gr6.4xlarge', 'L-DB2E81BA'],
  ['vt1.3xlarge', 'L-DB2E81BA'],
  ['u-6tb1.metal', 'L-43DA4232'],
  ['u7i-12tb.224xlarge', 'L-43DA4232'],
  ['hpc7g.16xlarge', 'L-F7808C92'],
  ['inf2.xlarge', 'L-1945791B'],
  ['p6-b200.48xlarge', 'L-417A185B'],
  ['trn1n.32xlarge', 'L-2C3B7624'],
  ['x2iedn.xlarge', 'L-7295265B'],
])('%s counts for %s', (type, code) => {
  expect(vcpuQuotaOf(type)?.code).toBe(code);
});

it.each(['mac2.metal', 'q9.large', '7x.large', ''])('knows no quota for %j', type => {
  expect(vcpuQuotaOf(type)).toBeUndefined();
});
