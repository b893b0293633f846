import { describe, expect, it } from 'vitest';
import { BlockedError, CapacityError, ScenarioError } from '../../src/core/errors.ts';
import { ServiceHub, type ServiceHubOptions } from '../../src/services/hub.ts';
import { openHandles } from './services-context.ts';

const newHub = (options: Partial<ServiceHubOptions> = {}): ServiceHub =>
  new ServiceHub({
    guestAddress: '10.0.2.2',
    platform: 'qemu',
    signal: new AbortController().signal,
    ...options,
  });

describe('ServiceHub', () => {
  it('starts each service with its first use and leaves nothing open', async () => {
    await expect.poll(openHandles).toEqual([]);
    const hub = newHub();
    const services = [
      await hub.http(),
      await hub.https(),
      await hub.tftp(),
      await hub.ntp(),
      await hub.discovery(),
      await hub.omaha(),
      await hub.tang(),
    ];
    expect(new Set(services.map(service => service.port)).size).toBe(services.length);
    for (const { guestUrl } of services) expect(guestUrl).toMatch(/^[a-z]+:\/\/10\.0\.2\.2:\d+$/);
    expect(openHandles()).toHaveLength(services.length);
    await hub[Symbol.asyncDispose]();
    await expect.poll(openHandles).toEqual([]);
    await hub[Symbol.asyncDispose]();
  });

  it('gives one instance per name', async () => {
    await using hub = newHub();
    const [one, same, other] = await Promise.all([hub.http(), hub.http(), hub.http({ name: 'other' })]);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    await hub.ntp({ offset: 1000 });
    expect(await hub.ntp()).toBe(await hub.ntp({ offset: 1000 }));
    await expect(hub.ntp({ offset: 2000 })).rejects.toThrow(/other options/);
  });

  it('shares one authority among the HTTPS services', async () => {
    await using hub = newHub();
    const [one, two] = [await hub.https(), await hub.https({ name: 'two' })];
    expect(two.authority).toBe(one.authority);
  });

  it('blocks where machines cannot reach the harness', async () => {
    await using hub = newHub({ guestAddress: undefined, platform: 'aws' });
    await expect(hub.http()).rejects.toThrow(BlockedError);
    await expect(hub.http()).rejects.toThrow(/machines on aws cannot reach/);
  });

  it('hands out only what the scenario declares', async () => {
    await using hub = newHub({ declared: ['http'] });
    await hub.http();
    await hub.https();
    await expect(hub.omaha()).rejects.toThrow(ScenarioError);
  });

  it('bounds the waits of all services, and tells how long they took', async () => {
    const waits: number[] = [];
    await using hub = newHub({ slowdown: 100, patience: 5, onWaited: took => waits.push(took) });
    const [http, ntp] = [await hub.http(), await hub.ntp()];
    await expect(http.awaitRequest('/never')).rejects.toThrow(/waited 0 s/);
    await expect(ntp.awaitClient()).rejects.toThrow(/waited 0 s/);
    expect(waits).toEqual([]);
  });

  it('says that a port is taken, and lets the next try have it', async () => {
    await using hub = newHub();
    const first = await hub.ntp();
    const { port } = first;
    const second = newHub();
    await expect(second.ntp({ port })).rejects.toThrow(CapacityError);
    await hub[Symbol.asyncDispose]();
    expect((await second.ntp({ port })).port).toBe(port);
    await second[Symbol.asyncDispose]();
  });

  it('ends with the attempt', async () => {
    const attempt = new AbortController();
    const hub = newHub({ signal: attempt.signal });
    await hub.tang();
    await hub.tftp();
    attempt.abort(new Error('deadline'));
    await expect(hub.omaha()).rejects.toThrow('deadline');
    await hub[Symbol.asyncDispose]();
    await expect.poll(openHandles).toEqual([]);
    await expect(hub.tang()).rejects.toThrow(/after the attempt's end/);
  });
});
