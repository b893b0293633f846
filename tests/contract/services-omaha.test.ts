import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flatcarApp } from '../../src/services/omaha/answer.ts';
import { type OmahaApp, writeRequest } from '../../src/services/omaha/request.ts';
import { type OmahaResponse, parseResponse } from '../../src/services/omaha/response.ts';
import { OmahaServer } from '../../src/services/omaha/server.ts';
import { guestContext, started } from './services-context.ts';

const payload = Buffer.alloc(100_000, 'update');
let folder = '';
let file = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kola-omaha-'));
  file = join(folder, 'flatcar_test_update.gz');
  await writeFile(file, payload);
});
afterAll(() => rm(folder, { recursive: true }));

const machine: OmahaApp = {
  id: flatcarApp,
  version: '4459.2.0',
  track: 'developer',
  fromTrack: '',
  bootId: '{b}',
  machineId: '0123456789abcdef0123456789abcdef',
  oem: 'qemu',
  oemVersion: '',
  alephVersion: '',
  board: 'amd64-usr',
  ping: undefined,
  updateCheck: undefined,
  events: [],
};
const event = { type: 3, result: 2, errorCode: 0, previousVersion: '4459.2.0', nextVersion: '' };

const post = (server: OmahaServer, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.localUrl}/v1/update/`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'text/xml', ...headers },
  });

const send = async (server: OmahaServer, changes: Partial<OmahaApp>): Promise<OmahaResponse> => {
  const os = { platform: 'CoreOS', version: 'Chateau', arch: '' };
  const apps = [{ ...machine, ...changes }];
  const body = writeRequest({
    protocol: '3.0',
    version: 'update_engine-0.4.10',
    installSource: '',
    os,
    apps,
  });
  return parseResponse(await (await post(server, body)).text());
};

describe('the Omaha service', () => {
  it('updates a machine from check to reboot', async () => {
    await using server = await started(new OmahaServer(guestContext));
    expect(server.updateUrl).toBe(`http://10.0.2.2:${server.port}/v1/update/`);
    await server.offer({ version: '4459.2.1', packages: [file], tracks: ['developer'] });
    const first = await send(server, { ping: { active: true }, updateCheck: { targetVersionPrefix: '' } });
    const check = first.apps[0]?.updateCheck;
    if (check?.status !== 'ok') throw new Error(`no update: ${check?.status}`);
    expect(check.version).toBe('4459.2.1');
    expect(check.packages).toEqual([
      {
        name: 'flatcar_test_update.gz',
        size: payload.length,
        sha1: createHash('sha1').update(payload).digest('base64'),
        sha256: createHash('sha256').update(payload).digest('base64'),
      },
    ]);
    const url = `${check.codebase}${check.packages[0]?.name}`;
    const [start, rest] = await Promise.all([
      fetch(url, { headers: { range: 'bytes=0-999' } }),
      fetch(url, { headers: { range: 'bytes=1000-' } }),
    ]);
    expect([start.status, rest.status]).toEqual([206, 206]);
    const got = Buffer.concat([await start.bytes(), await rest.bytes()]);
    expect(got.equals(payload)).toBe(true);
    await send(server, { events: [event] });
    const done = await server.awaitEvent('updateComplete', 'successReboot');
    expect(done).toMatchObject({ previousVersion: '4459.2.0', client: { track: 'developer' } });
    const after = await send(server, { version: '4459.2.1', updateCheck: { targetVersionPrefix: '' } });
    expect(after.apps[0]?.updateCheck).toEqual({ status: 'noupdate' });
    expect(server.log.entries.map(entry => entry.kind)).toEqual([
      'ping',
      'check',
      'download',
      'download',
      'event',
      'check',
    ]);
  });

  it('tells machines apart and waits for what comes after a mark', async () => {
    await using server = await started(new OmahaServer(guestContext));
    await send(server, { ping: { active: true } });
    const { machineId } = machine;
    expect((await server.awaitPing({ machineId: `{${machineId.toUpperCase()}}` })).kind).toBe('ping');
    await expect(server.awaitPing({ machineId: 'other', until: 5 })).rejects.toThrow(/an Omaha ping/);
    await expect(server.awaitPing({ after: server.log.mark(), until: 5 })).rejects.toThrow(/an Omaha ping/);
    await send(server, { events: [{ ...event, result: 0, errorCode: 9 }] });
    await expect(server.awaitEvent('updateComplete', 'success', { until: 5 })).rejects.toThrow(
      /event updateComplete with result success; last seen: 2 requests, the last: kind=event type=3 result=0/,
    );
  });

  it('has one set of updates per instance', async () => {
    await using one = await started(new OmahaServer(guestContext));
    await using two = await started(new OmahaServer(guestContext));
    await one.offer({ version: '9999.0.0', packages: [file] });
    const asked = { updateCheck: { targetVersionPrefix: '' } };
    expect((await send(one, asked)).apps[0]?.updateCheck?.status).toBe('ok');
    expect((await send(two, asked)).apps[0]?.updateCheck?.status).toBe('noupdate');
    one.withdraw();
    expect((await send(one, asked)).apps[0]?.updateCheck?.status).toBe('noupdate');
    const check = await one.awaitCheck({ after: 1 });
    expect(check).toMatchObject({ status: 'noupdate', reason: 'no update is offered' });
  });

  it('answers an unknown application in the protocol', async () => {
    await using server = await started(new OmahaServer(guestContext));
    const id = '{00000000-0000-0000-0000-000000000000}';
    const answer = await send(server, { id, ping: { active: true } });
    expect(answer.apps).toEqual([
      { id, status: 'error-unknownApplication', ping: false, updateCheck: undefined, events: 0 },
    ]);
    await expect(server.awaitPing({ until: 5 })).rejects.toThrow(/refused/);
  });

  it('refuses what is no request, with the reason in the log', async () => {
    await using server = await started(new OmahaServer(guestContext));
    const body = writeRequest({
      protocol: '3.0',
      version: '',
      installSource: '',
      os: { platform: '', version: '', arch: '' },
      apps: [machine],
    });
    const statuses = [
      await post(server, body.slice(0, body.length / 2)),
      await post(server, ''),
      await post(server, Buffer.of(0xff, 0xfe).toString('latin1')),
      await post(server, body, { 'content-type': 'application/json' }),
      await post(server, `${body}${' '.repeat(1024 * 1024)}`),
      await fetch(server.updateUrl.replace('10.0.2.2', '127.0.0.1')),
      await fetch(`${server.localUrl}/packages/1/../../etc/passwd`),
    ].map(answer => answer.status);
    expect(statuses).toEqual([400, 400, 400, 415, 413, 405, 404]);
    expect(server.log.entries.map(entry => entry.kind)).toEqual(statuses.map(() => 'refused'));
    expect(server.log.entries[0]).toMatchObject({ reason: expect.stringMatching(/end of input|unclosed/) });
  });

  it('says at once when a package is missing', async () => {
    await using server = await started(new OmahaServer(guestContext));
    await expect(server.offer({ version: '1.0.0', packages: [join(folder, 'none')] })).rejects.toThrow(
      /the update package .*none cannot be read/,
    );
  });
});
