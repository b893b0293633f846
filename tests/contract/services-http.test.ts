import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authority } from '../../src/services/http/authority.ts';
import { SecureHttpServer } from '../../src/services/http/secure-server.ts';
import { HttpServer } from '../../src/services/http/server.ts';
import { guestContext, started } from './services-context.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kola-http-'));
});
afterAll(() => rm(folder, { recursive: true }));

const newServer = (options = {}): Promise<HttpServer> => started(new HttpServer(guestContext, options));

describe('the HTTP service', () => {
  it('serves under the address that guests know, and writes down who asked', async () => {
    await using server = await newServer();
    expect(server.serve('/hello world', 'hi')).toBe(`http://10.0.2.2:${server.port}/hello%20world`);
    const answer = await fetch(`${server.localUrl}/hello%20world?a=1`, { headers: { 'x-who': 'me' } });
    expect(await answer.text()).toBe('hi');
    const record = await server.awaitRequest('/hello world');
    expect(record).toMatchObject({ method: 'GET', status: 200, seq: 1, headers: { 'x-who': 'me' } });
    expect(record.query.get('a')).toBe('1');
  });

  it('streams files, whole and in parts', async () => {
    const file = join(folder, 'big');
    const content = Buffer.alloc(300_000, 'abcdefg');
    await writeFile(file, content);
    await using server = await newServer();
    server.serve('/big', { file });
    const whole = await fetch(`${server.localUrl}/big`);
    expect(Buffer.from(await whole.arrayBuffer()).equals(content)).toBe(true);
    const etag = whole.headers.get('etag') ?? '';
    const rest = await fetch(`${server.localUrl}/big`, {
      headers: { range: 'bytes=299990-', 'if-range': etag },
    });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe('bytes 299990-299999/300000');
    expect(Buffer.from(await rest.arrayBuffer()).equals(content.subarray(299_990))).toBe(true);
  });

  it('answers by function, by the longest folder, by status', async () => {
    await using server = await newServer();
    server.serve('/v2/*', request => ({
      status: 201,
      body: request.body,
      headers: { 'x-path': request.path },
    }));
    server.serve('/v2/deep/*', 'deep');
    const posted = await fetch(`${server.localUrl}/v2/x/y`, { method: 'PUT', body: 'data' });
    expect([posted.status, posted.headers.get('x-path'), await posted.text()]).toEqual([
      201,
      '/v2/x/y',
      'data',
    ]);
    expect(await (await fetch(`${server.localUrl}/v2/deep/z`)).text()).toBe('deep');
    expect((await fetch(`${server.localUrl}/v2/deep/z`, { method: 'DELETE' })).status).toBe(405);
    expect((await fetch(`${server.localUrl}/other`)).status).toBe(404);
    expect(server.log.entries.map(entry => entry.status)).toEqual([201, 200, 405, 404]);
  });

  it('tells the scenario when its handler threw or its file is missing', async () => {
    await using server = await newServer();
    server.serve('/bug', () => {
      throw new Error('no idea');
    });
    server.serve('/gone', { file: join(folder, 'gone') });
    expect((await fetch(`${server.localUrl}/bug`)).status).toBe(500);
    expect((await fetch(`${server.localUrl}/gone`)).status).toBe(500);
    expect(server.log.entries[0]).toMatchObject({ status: 500, problem: 'no idea' });
    expect(server.log.entries[1]?.problem).toMatch(/ENOENT/);
  });

  it('refuses what is too large or has no readable path', async () => {
    await using server = await newServer({ bodyLimit: 10 });
    server.serve('/*', request => request.body);
    const large = await fetch(`${server.localUrl}/`, { method: 'POST', body: 'x'.repeat(200_000) });
    expect(large.status).toBe(413);
    expect((await fetch(`${server.localUrl}/`, { method: 'POST', body: 'x'.repeat(10) })).status).toBe(200);
    expect((await fetch(`${server.localUrl}/%ff`)).status).toBe(400);
  });

  it('listens on loopback only', async () => {
    await using server = await newServer();
    const refused = Promise.withResolvers<string>();
    // Another address of this very machine.
    const socket = createConnection({ host: '127.0.0.2', port: server.port });
    socket.on('error', error => refused.resolve('code' in error ? String(error.code) : error.message));
    socket.on('connect', () => refused.resolve('connected'));
    expect(await refused.promise).toBe('ECONNREFUSED');
    socket.destroy();
  });

  it('stops with its signal, in the middle of an answer', async () => {
    const stop = new AbortController();
    const server = new HttpServer(guestContext);
    await server.start(stop.signal);
    const asked = Promise.withResolvers<void>();
    let ended: unknown;
    server.serve('/slow', async ({ signal }) => {
      asked.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => resolve());
      await promise;
      ended = signal.aborted;
      return 'too late';
    });
    const waiting = fetch(`${server.localUrl}/slow`);
    await asked.promise;
    stop.abort();
    await expect(waiting).rejects.toThrow();
    expect(ended).toBe(true);
    await server[Symbol.asyncDispose]();
    await expect(server.awaitRequest('/slow')).rejects.toThrow(/stopped/);
  });

  it('does not start when the attempt is over', async () => {
    await expect(new HttpServer(guestContext).start(AbortSignal.abort(new Error('over')))).rejects.toThrow(
      'over',
    );
  });
});

const statusOver = async (url: string, options: { ca?: string; servername?: string }): Promise<unknown> => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  get(url, { ...options, agent: false }, response => {
    resolve(response.statusCode);
    response.destroy();
  }).on('error', error => resolve('code' in error ? error.code : error.message));
  return await promise;
};

describe('the HTTPS service', () => {
  it('is trusted by those who know its authority, under its names only', async () => {
    const authority = await Authority.create(Date.now());
    await using server = await started(
      await SecureHttpServer.create(guestContext, authority, { names: ['127.0.0.1', 'registry.test'] }),
    );
    server.serve('/', 'secret');
    const ca = server.authority;
    expect(await statusOver(server.localUrl, { ca })).toBe(200);
    expect(await statusOver(server.localUrl, { ca, servername: 'registry.test' })).toBe(200);
    expect(await statusOver(server.localUrl, {})).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(
      await statusOver(server.localUrl, { ca: (await Authority.create(Date.now())).certificate }),
    ).toMatch(/SIGNATURE|CERT/);
    expect(await statusOver(`https://localhost:${server.port}`, { ca })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(server.guestUrl).toBe(`https://10.0.2.2:${server.port}`);
  });
});
