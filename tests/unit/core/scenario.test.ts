import { expect, test } from 'vitest';
import { scenario } from '../../../src/core/scenario.ts';

test('threads share whole cores', () => {
  const needing = (needs: NonNullable<Parameters<typeof scenario>[0]['needs']>) =>
    scenario({ name: 'a', description: 'a', needs, run: async () => {} });
  expect(needing({ vcpus: 4, threadsPerCore: 2 }).needs).toMatchObject({ vcpus: 4, threadsPerCore: 2 });
  const problem = 'scenario a: needs.vcpus is not a multiple of needs.threadsPerCore';
  expect(() => needing({ vcpus: 3, threadsPerCore: 2 })).toThrow(problem);
  expect(() => needing({ threadsPerCore: 2 })).toThrow(problem);
});
