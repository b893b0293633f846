import { describe, expect, it } from 'vitest';
import { DiscoveryServer } from '../../src/services/discovery/server.ts';
import { guestContext, started } from './services-context.ts';

describe('the discovery protocol', () => {
  it('brings three members together as etcd asks for it', async () => {
    await using server = await started(new DiscoveryServer(guestContext));
    const url = server.cluster(3).replace('10.0.2.2', '127.0.0.1');
    const size = await (await fetch(`${url}/_config/size`)).json();
    expect(size).toMatchObject({ action: 'get', node: { value: '3' } });
    const join = (id: string): Promise<Response> =>
      fetch(`${url}/${id}?prevExist=false`, {
        method: 'PUT',
        body: new URLSearchParams({ value: `${id}=http://${id}:2380` }),
      });
    expect((await join('a')).status).toBe(201);
    expect((await join('a')).status).toBe(412);
    const listed = await fetch(url);
    const index = Number(listed.headers.get('x-etcd-index'));
    const waiting = fetch(`${url}?recursive=true&wait=true&waitIndex=${index + 1}`);
    await server.log.wait('a waiting member', entry => entry.kind === 'wait');
    expect((await join('b')).status).toBe(201);
    const event = (await (await waiting).json()) as { node: { key: string; value: string } };
    expect(event.node).toMatchObject({ key: expect.stringMatching(/\/b$/), value: 'b=http://b:2380' });
    expect(await (await fetch(`${url}/none`)).json()).toMatchObject({ errorCode: 100 });
    expect((await fetch(`${server.localUrl}/unknown`)).status).toBe(404);
  });

  it('makes a token on request', async () => {
    await using server = await started(new DiscoveryServer(guestContext));
    const url = await (await fetch(`${server.localUrl}/new?size=5`)).text();
    expect(url).toMatch(new RegExp(`^${server.localUrl}/[0-9a-f]{32}$`));
    expect(await (await fetch(`${url}/_config/size`)).json()).toMatchObject({ node: { value: '5' } });
    expect((await fetch(`${server.localUrl}/new?size=none`)).status).toBe(400);
  });
});
