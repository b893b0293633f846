import { describe, expect, it } from 'vitest';
import { thumbprint } from '../../src/services/tang/jwk.ts';
import { TangServer } from '../../src/services/tang/server.ts';
import { runClient } from './services-client.ts';
import { guestContext, started } from './services-context.ts';

describe('clevis', () => {
  it('opens what it bound to our Tang server, and only with its help', async () => {
    await using server = await started(new TangServer(guestContext));
    const pin = JSON.stringify({ url: server.localUrl, thp: server.thumbprint });
    const bound = await runClient('clevis', ['encrypt', 'tang', pin], 'the secret');
    expect(bound).toMatchObject({ code: 0 });
    server.rotate();
    expect(await runClient('clevis', ['decrypt'], bound.stdout)).toMatchObject({
      code: 0,
      stdout: 'the secret',
    });
    expect(await server.awaitRecovery()).toMatchObject({ kind: 'recovered' });
    server.forgetRotated();
    expect((await runClient('clevis', ['decrypt'], bound.stdout)).code).not.toBe(0);
    const other = JSON.stringify({
      url: server.localUrl,
      thp: 'HkwVNDeKhzaVqWhXtXwEIGNILRZt4cBWWb0kI1-a0NM',
    });
    expect((await runClient('clevis', ['encrypt', 'tang', other], 'x')).code).not.toBe(0);
  });
});

describe('the Tang service', () => {
  it('refuses what is no recovery', async () => {
    await using server = await started(new TangServer(guestContext));
    const { payload } = (await (await fetch(`${server.localUrl}/adv`)).json()) as { payload: string };
    const [signing, exchange] = JSON.parse(Buffer.from(payload, 'base64url').toString()).keys;
    const name = thumbprint(exchange);
    const recover = async (body: string, key = name): Promise<number> =>
      (await fetch(`${server.localUrl}/rec/${key}`, { method: 'POST', body })).status;
    expect(await recover(JSON.stringify(exchange))).toBe(200);
    const statuses = [
      await recover(JSON.stringify(exchange), 'unknown'),
      await recover(JSON.stringify(exchange), server.thumbprint),
      await recover('{'),
      await recover(JSON.stringify({ ...exchange, y: exchange.x })),
      await recover(JSON.stringify({ ...exchange, crv: 'P-256' })),
      await recover(JSON.stringify(signing)),
      (await fetch(`${server.localUrl}/rec/${name}`)).status,
      (await fetch(`${server.localUrl}/adv`, { method: 'POST', body: '' })).status,
      (await fetch(`${server.localUrl}/adv/unknown`)).status,
      (await fetch(`${server.localUrl}/`)).status,
    ];
    expect(statuses).toEqual([404, 404, 400, 400, 400, 400, 405, 405, 404, 404]);
    const refused = server.log.entries.filter(entry => entry.kind === 'refused');
    expect(refused.map(entry => entry.status)).toEqual(statuses);
  });
});
