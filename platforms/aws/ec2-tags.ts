import type { Tag } from '@aws-sdk/client-ec2';
import type { Tags } from '../../src/cloud/tags.ts';
import { ProvisioningError } from '../../src/core/errors.ts';

export const ec2Tags = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export const tagsOf = (tags: readonly Tag[] | undefined): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));

/** The SDK takes every field of an answer for optional; without the id nothing can go on. */
export const needed = (id: string | undefined, what: string): string => {
  if (id !== undefined && id !== '') return id;
  throw new ProvisioningError('aws-answer', `expected the id of ${what} in the answer of AWS, found none`);
};
