import { describe, expect, it } from 'vitest';
import { HttpServer } from '../../src/services/http/server.ts';
import { NtpServer } from '../../src/services/ntp/server.ts';
import { systemNetwork } from '../../src/services/probe/network.ts';
import { RunProbes } from '../../src/services/probe/probes.ts';
import { guestContext, openHandles, started } from './services-context.ts';

const { signal } = new AbortController();

describe('probes on a real network', () => {
  it('tell what answers from what does not', async () => {
    await using server = await started(new HttpServer(guestContext));
    server.serve('/ok', 'fine');
    server.serve('/down', { status: 503 });
    const { port, localUrl } = server;
    const probes = new RunProbes();
    const reachable = async (need: string): Promise<boolean> => (await probes.reach(need, signal)).reachable;
    expect(await reachable(`${localUrl}/ok`)).toBe(true);
    expect(await reachable(`${localUrl}/down`)).toBe(false);
    expect(await reachable(`tcp:127.0.0.1:${port}`)).toBe(true);
    expect(await reachable('dns:localhost')).toBe(true);
    await server[Symbol.asyncDispose]();
    const gone = await new RunProbes().reach(`${localUrl}/ok`, signal);
    expect(gone).toMatchObject({ reachable: false, reason: expect.stringMatching(/ECONNREFUSED/) });
    await expect.poll(openHandles).toEqual([]);
  });

  it('ask time servers by UDP', async () => {
    await using server = await started(new NtpServer(guestContext));
    const question = new Uint8Array(48);
    question[0] = 0x23;
    const answer = await systemNetwork.ask('127.0.0.1', server.port, question, AbortSignal.timeout(2000));
    expect(answer).toHaveLength(48);
  });

  it('give up on a server that takes the connection and says nothing', async () => {
    await using server = await started(new HttpServer(guestContext));
    server.serve('/silent', () => Promise.withResolvers<string>().promise);
    const answer = await new RunProbes(systemNetwork, 100).reach(`${server.localUrl}/silent`, signal);
    expect(answer).toMatchObject({
      reachable: false,
      reason: expect.stringMatching(/no answer within 0.1 s/),
    });
    await server[Symbol.asyncDispose]();
    await expect.poll(openHandles).toEqual([]);
  });
});
