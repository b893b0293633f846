import { describe, expect, it } from 'vitest';
import { ScenarioError } from '../../../../src/core/errors.ts';
import { parseNeed } from '../../../../src/services/probe/need.ts';
import type { ProbeNetwork } from '../../../../src/services/probe/network.ts';
import { RunProbes } from '../../../../src/services/probe/probes.ts';

/** A world in which exactly the given URLs and hosts answer. */
class FakeNetwork implements ProbeNetwork {
  readonly asked: string[] = [];
  readonly #answers: Readonly<Record<string, number>>;

  constructor(answers: Readonly<Record<string, number>>) {
    this.#answers = answers;
  }

  async get(url: string): Promise<number> {
    return this.#answer(url);
  }

  async resolve(host: string): Promise<void> {
    this.#answer(`dns ${host}`);
  }

  async connect(host: string, port: number): Promise<void> {
    this.#answer(`tcp ${host} ${port}`);
  }

  async ask(host: string, port: number, question: Uint8Array): Promise<Uint8Array> {
    this.#answer(`udp ${host} ${port}`);
    return question;
  }

  #answer(what: string): number {
    this.asked.push(what);
    const answer = this.#answers[what];
    if (answer === undefined) throw new Error(`getaddrinfo ENOTFOUND ${what}`);
    return answer;
  }
}

const signal = new AbortController().signal;

describe('RunProbes', () => {
  it.each([
    ['internet', { 'https://github.com/': 301 }, true],
    ['internet', { 'https://www.flatcar.org/': 503 }, false],
    ['internet', {}, false],
    ['registry:ghcr.io', { 'https://ghcr.io/v2/': 401 }, true],
    ['registry:ghcr.io', { 'https://ghcr.io/v2/': 404 }, false],
    ['registry:localhost:5000', { 'https://localhost:5000/v2/': 200 }, true],
    ['dns:flatcar.org', { 'dns flatcar.org': 1 }, true],
    ['dns:flatcar.org', {}, false],
    ['ntp:pool.ntp.org', { 'udp pool.ntp.org 123': 1 }, true],
    ['tcp:host:22', { 'tcp host 22': 1 }, true],
    ['https://a.example/x', { 'https://a.example/x': 302 }, true],
    ['https://a.example/x', { 'https://a.example/x': 404 }, false],
  ])('finds of %s with %j: %s', async (need, answers, reachable) => {
    const answer = await new RunProbes(new FakeNetwork(answers as Record<string, number>)).reach(
      need,
      signal,
    );
    expect(answer.reachable).toBe(reachable);
  });

  it('says what it asked for and why not', async () => {
    const answer = await new RunProbes(new FakeNetwork({ 'https://ghcr.io/v2/': 503 })).reach(
      'registry:ghcr.io',
      signal,
    );
    expect(answer).toEqual({
      reachable: false,
      reason: 'registry:ghcr.io is not reachable from the harness: /v2/ answered 503',
    });
  });

  it('asks once per run, also for two at the same time', async () => {
    const network = new FakeNetwork({});
    const probes = new RunProbes(network);
    await Promise.all([probes.reach('dns:a', signal), probes.reach('dns:a', signal)]);
    await probes.reach('dns:a', signal);
    await probes.reach('dns:b', signal);
    expect(network.asked).toEqual(['dns a', 'dns b']);
  });

  it('gives up on what never answers', async () => {
    const silent = new FakeNetwork({});
    silent.resolve = () => Promise.withResolvers<void>().promise;
    const keepAlive = setTimeout(() => undefined, 5000);
    const answer = await new RunProbes(silent, 20).reach('dns:a', signal);
    clearTimeout(keepAlive);
    expect(answer).toMatchObject({
      reachable: false,
      reason: expect.stringMatching(/no answer within 0.02 s/),
    });
  });

  it('keeps the answer for others when the first to ask goes away', async () => {
    const network = new FakeNetwork({ 'dns a': 1 });
    const opened = Promise.withResolvers<void>();
    const resolve = network.resolve.bind(network);
    network.resolve = async host => {
      await opened.promise;
      await resolve(host);
    };
    const probes = new RunProbes(network);
    const first = new AbortController();
    const leaving = probes.reach('dns:a', first.signal);
    first.abort(new Error('attempt over'));
    await expect(leaving).rejects.toThrow('attempt over');
    opened.resolve();
    expect(await probes.reach('dns:a', signal)).toEqual({ reachable: true });
    expect(network.asked).toHaveLength(1);
  });
});

it.each([
  '',
  'web',
  'dns:',
  'dns:a:1',
  'dns:-a',
  'registry:',
  'registry:a:x',
  'tcp:a',
  'tcp:a:0',
  'tcp:a:70000',
  'ftp://a/',
])('refuses to guess what "%s" means', async need => {
  expect(() => parseNeed(need)).toThrow(ScenarioError);
  await expect(new RunProbes(new FakeNetwork({})).reach(need, signal)).rejects.toThrow(
    /needs|names no external/,
  );
});
