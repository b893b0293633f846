import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { awaitAction, connect, optionsOf, siteOf } from '../../../../platforms/hetzner/connect.ts';
import { kinds, paths } from '../../../../platforms/hetzner/kinds.ts';
import { optionsSchema } from '../../../../platforms/hetzner/options.ts';
import { faultOf } from '../../../../src/cloud/fault.ts';
import { hastyClock } from '../../../support/clouds/hasty-clock.ts';
import { type SimAnswer, serve } from '../../../support/clouds/server.ts';

const never = new AbortController().signal;

/** What the API answers to one call after the other; the last answer stays. */
const ask = async <T>(
  answers: readonly SimAnswer[],
  work: (cloud: ReturnType<typeof connect>) => Promise<T>,
): Promise<T> => {
  const left = [...answers];
  const server = await serve(async () => (left.length > 1 ? left.shift() : left[0]));
  try {
    return await work(
      connect(optionsSchema.parse({ hetznerEndpoint: server.url }), {
        ...{ clock: hastyClock(500), log: () => {} },
      }),
    );
  } finally {
    await server.close();
  }
};

const answer = (status: number, body: object): SimAnswer => ({ status, body: JSON.stringify(body) });
const refusal = (status: number, code: string): SimAnswer =>
  answer(status, { error: { code, message: 'no' } });

beforeEach(() => void vi.stubEnv('HCLOUD_TOKEN', 'secret-word'));
afterEach(() => void vi.unstubAllEnvs());

it('where a ledger entry was made is found again', () => {
  const options = optionsSchema.parse({ hetznerLocation: 'hel1', hetznerEndpoint: 'http://h:1' });
  expect(siteOf(options)).toEqual({ location: 'hel1', endpoint: 'http://h:1' });
  expect(optionsOf(siteOf(options))).toEqual(options);
  expect(siteOf({})).toEqual({ location: 'fsn1' });
});

it.each([
  [412, 'resource_unavailable', 'capacity'],
  [403, 'resource_limit_exceeded', 'quota'],
  [403, 'forbidden', 'permission'],
  [401, 'unauthorized', 'credentials'],
  [409, 'uniqueness_error', 'exists'],
  [423, 'locked', 'busy'],
  [422, 'resource_in_use', 'busy'],
  [422, 'something_new', 'invalid'],
])('%i %s is %s', async (status, code, kind) => {
  const error = await ask([refusal(status, code)], cloud =>
    cloud.send('GET /x', '/x', z.unknown(), never).catch((thrown: unknown) => thrown),
  );
  expect(faultOf(error)?.kind).toBe(kind);
  expect(String(error)).not.toContain('secret-word');
});

it('reads lists to their end', async () => {
  const page = (id: number, next_page: number | null): SimAnswer =>
    answer(200, { things: [{ id }], meta: { pagination: { next_page } } });
  const found = await ask([page(1, 2), page(2, 3), page(3, null)], cloud =>
    cloud.all('/things', 'things', z.object({ id: z.number() }), never),
  );
  expect(found.map(({ id }) => id)).toEqual([1, 2, 3]);
});

describe('an action', () => {
  const action = (status: string, error: object | null = null): SimAnswer =>
    answer(200, { action: { id: 1, status, error } });

  it('is awaited until it is done', async () => {
    const done = ask([action('running'), action('success')], cloud => awaitAction(cloud, 1, 'it', never));
    await expect(done).resolves.toBeUndefined();
  });

  it('that failed says why', async () => {
    const failed = action('error', { code: 'action_failed', message: 'no disk' });
    const done = ask([failed], cloud => awaitAction(cloud, 1, 'making the snapshot', never));
    await expect(done).rejects.toThrow('making the snapshot failed: no disk');
  });
});

it('what uses others is destroyed before them', () => {
  expect(kinds.map(({ kind }) => kind)).toEqual(Object.keys(paths));
  expect(kinds.map(({ kind }) => kind).indexOf('server')).toBe(0);
});
