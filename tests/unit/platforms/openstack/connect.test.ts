import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { connect, type OpenStackCloud, optionsOf, siteOf } from '../../../../platforms/openstack/connect.ts';
import { optionsSchema } from '../../../../platforms/openstack/options.ts';
import { hastyClock } from '../../../support/clouds/hasty-clock.ts';
import { type SimAnswer, type SimRequest, serve } from '../../../support/clouds/server.ts';

const never = new AbortController().signal;

beforeEach(() => {
  const own = { OS_CLOUD: '', OS_USERNAME: 'me', OS_PASSWORD: 'secret-word', OS_PROJECT_NAME: 'ours' };
  for (const [name, value] of Object.entries(own)) vi.stubEnv(name, value);
});
afterEach(() => void vi.unstubAllEnvs());

const json = (status: number, body: object, headers = {}): SimAnswer => ({
  ...{ status, headers, body: JSON.stringify(body) },
});

/** A cloud with Nova alone, whose answers the test gives; tokens are `token-1`, `token-2` … */
const cloudWith = async (
  nova: (request: SimRequest) => SimAnswer,
  scope: object = { project: { id: 'p1', name: 'ours' } },
): Promise<{ readonly cloud: OpenStackCloud; readonly requests: readonly string[] }> => {
  const requests: string[] = [];
  let tokens = 0;
  const server = await serve(async request => {
    const { pathname, search, origin } = request.url;
    requests.push(`${request.method} ${pathname}${search}`);
    if (!pathname.startsWith('/v3')) return nova(request);
    tokens += 1;
    const endpoints = [{ interface: 'public', region_id: 'r1', url: `${origin}/compute/v2.1` }];
    const token = { user: { name: 'me' }, ...scope, catalog: [{ type: 'compute', endpoints }] };
    return json(201, { token }, { 'x-subject-token': `token-${tokens}` });
  });
  onTestFinished(() => server.close());
  const options = optionsSchema.parse({ openstackEndpoint: server.url });
  return { cloud: connect(options, { clock: hastyClock(), log: () => {} }), requests };
};

const thing = z.object({ id: z.string() });
const list = (cloud: OpenStackCloud): Promise<readonly { readonly id: string }[]> =>
  cloud.all('compute', '/things', 'things', thing, never, { tags: 'kola' });

it('reads lists to their end, by markers and not by the addresses in the answers', async () => {
  const { cloud, requests } = await cloudWith(({ url }) => {
    const from = Number(url.searchParams.get('marker') ?? 0);
    const things = [{ id: String(from + 1) }, { id: String(from + 2) }];
    const things_links = from < 4 ? [{ rel: 'next', href: 'http://behind.a.proxy/' }] : [];
    return json(200, { things, things_links });
  });
  expect((await list(cloud)).map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5', '6']);
  expect(requests.slice(1)).toEqual([
    'GET /compute/v2.1/things?tags=kola&limit=500',
    'GET /compute/v2.1/things?tags=kola&limit=500&marker=2',
    'GET /compute/v2.1/things?tags=kola&limit=500&marker=4',
  ]);
});

it.each([
  ['an item', { things: [{ id: 'a' }, { id: 7 }] }],
  ['a list', { things: 'none' }],
])('%s of another shape is no answer of this API, in one line', async (_what, body) => {
  const { cloud } = await cloudWith(() => json(200, body));
  await expect(list(cloud)).rejects.toMatchObject({
    ...{ kind: 'usage', code: 'cloud-endpoint' },
    message: expect.stringMatching(/^[^\n]*does not answer as the API of openstack does[^\n]*things[^\n]*$/),
  });
});

it('asks for another token once when one is refused, with the version of Nova in every request', async () => {
  const seen: (string | undefined)[] = [];
  const { cloud } = await cloudWith(({ headers }) => {
    seen.push(headers['x-auth-token']);
    expect(headers['openstack-api-version']).toBe('compute 2.52');
    return headers['x-auth-token'] === 'token-1'
      ? json(401, { error: { code: 401, title: 'Unauthorized', message: 'expired' } })
      : json(200, { things: [] });
  });
  expect(await list(cloud)).toEqual([]);
  expect(seen).toEqual(['token-1', 'token-2']);
});

it('gives up when the next token is refused, too, and shows neither token nor password', async () => {
  const refusal = { error: { code: 401, title: 'Unauthorized', message: 'no' } };
  const { cloud, requests } = await cloudWith(() => json(401, refusal));
  const error = await list(cloud).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ kind: 'usage', code: 'cloud-credentials' });
  expect(String(error)).not.toMatch(/token-|secret-word/);
  expect(requests).toHaveLength(4);
});

it('refuses a token that belongs to no project, and a cloud without the service', async () => {
  const none = await cloudWith(() => json(200, {}), {});
  await expect(list(none.cloud)).rejects.toMatchObject({ kind: 'usage', code: 'openstack-project' });
  const { cloud } = await cloudWith(() => json(200, {}));
  await expect(cloud.all('volume', '/volumes', 'volumes', thing, never)).rejects.toMatchObject({
    ...{ kind: 'usage', code: 'openstack-service' },
  });
});

it('where a ledger entry was made is found again, without secrets', () => {
  const options = optionsSchema.parse({
    ...{ openstackEndpoint: 'http://h', openstackRegion: 'r1', openstackProfile: 'ci' },
    openstackConfigFile: '/f',
  });
  const site = siteOf(options, 'p1');
  expect(site).toEqual({
    ...{ endpoint: 'http://h', region: 'r1', profile: 'ci', configFile: '/f', project: 'p1' },
  });
  expect(optionsOf(site)).toEqual(options);
});
