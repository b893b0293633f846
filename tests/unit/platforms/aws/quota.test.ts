import type { Instance } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countedTypes } from '../../../../platforms/aws/quota.ts';
import { vcpuQuotaOf } from '../../../../platforms/aws/vcpu-quotas.ts';

const standard = vcpuQuotaOf('t3.small');
const gpu = vcpuQuotaOf('g5.xlarge');
if (standard === undefined || gpu === undefined) throw new Error('these are in the table');

const small: Instance = { InstanceType: 't3.small' };

it('counts each On-Demand instance of the families of a quota, by its type', () => {
  const instances: readonly Instance[] = [
    small,
    small,
    { InstanceType: 'a1.large', Placement: { Tenancy: 'dedicated' } },
    { InstanceType: 'g5.xlarge', Placement: { Tenancy: 'default' } },
    { InstanceType: 'mac2.metal' as never },
    {},
  ];
  expect(countedTypes(instances, standard)).toEqual(['t3.small', 't3.small', 'a1.large']);
  expect(countedTypes(instances, gpu)).toEqual(['g5.xlarge']);
});

it('leaves out what has quotas of its own', () => {
  expect(countedTypes([{ ...small, InstanceLifecycle: 'spot' }], standard)).toEqual([]);
  expect(countedTypes([{ ...small, InstanceLifecycle: 'capacity-block' }], standard)).toEqual([]);
  expect(countedTypes([{ ...small, Placement: { Tenancy: 'host' } }], standard)).toEqual([]);
  // As an empty element of the answer reads.
  expect(countedTypes([{ ...small, InstanceLifecycle: '' as never }], standard)).toEqual(['t3.small']);
});

it('counts no instance for two quotas', () => {
  const types = ['t3.small', 'm5.large', 'g5.xlarge', 'vt1.3xlarge', 'p5.48xlarge'] as const;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...types)), names => {
      const instances = names.map((InstanceType): Instance => ({ InstanceType }));
      const others = names.filter(name => name === 'p5.48xlarge');
      const counted = [...countedTypes(instances, standard), ...countedTypes(instances, gpu)];
      expect([...counted, ...others].sort()).toEqual([...names].sort());
    }),
  );
});
