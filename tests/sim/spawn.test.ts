import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../src/core/errors.ts';
import type { MachinePorts } from '../../src/run/ports.ts';
import { executeSpawn } from '../../src/run/spawn.ts';
import type { SpawnRequest } from '../../src/run/spawn-request.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import {
  type Behaviour,
  noCapacity,
  SimulatedPlatform,
  simulatedImage,
} from '../support/simulated-platform.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-spawn-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const userData = { kind: 'script', text: '#!/bin/sh\ntrue\n' } as const;

const spawn = (more: Partial<SpawnRequest> = {}, behaviour: Behaviour = {}) => {
  const clock = new SimulatedClock();
  const platform = new SimulatedPlatform(clock, behaviour);
  let id = 0;
  const session = executeSpawn({
    target: {
      platform: platform.definition(),
      arch: 'amd64',
      image: simulatedImage,
      channel: 'stable',
      options: {},
    },
    machines: 2,
    userData: { kind: 'default' },
    deadlines: { provision: 120_000, boot: 300_000, teardown: 60_000 },
    keep: false,
    outputDir: join(folder, 'run'),
    stateRoot: join(folder, 'state'),
    extraKeys: [],
    ports: platform.ports(),
    clock,
    ids: {
      next: () => {
        id += 1;
        return `id${id}`;
      },
    },
    log: () => {},
    signal: new AbortController().signal,
    ...more,
  });
  return { platform, session, clock };
};

const stateLeft = (): readonly string[] =>
  readdirSync(join(folder, 'state'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name);

describe('kola spawn', () => {
  it('boots machines on one network and says how to get in, by keys that nobody else reads', async () => {
    const { platform, session } = spawn();
    const { machines, end } = await session;
    expect(machines.map(({ role, privateAddress }) => [role, privateAddress])).toEqual([
      ['machine-1', '10.0.0.10'],
      ['machine-2', '10.0.0.11'],
    ]);
    for (const { keyFile, knownHostsFile } of machines) {
      expect(statSync(keyFile).mode & 0o777).toBe(0o600);
      expect(keyFile.startsWith(join(folder, 'state'))).toBe(true);
      expect(readFileSync(knownHostsFile, 'utf8')).toBe('[127.0.0.1]:22 host\n');
    }
    await end();
    expect(platform.up.size).toBe(0);
    expect(platform.closed).toBe(1);
    expect(stateLeft()).toEqual([]);
  });

  it('hands over --userdata as it is', async () => {
    const given: unknown[] = [];
    const ports = new SimulatedPlatform(new SimulatedClock()).ports();
    const recording: MachinePorts = {
      ...ports,
      render: input => {
        given.push(input.own);
        return ports.render(input);
      },
    };
    // Those ports know no machine: what they are asked for first is all that counts.
    await expect(spawn({ userData, machines: 1, ports: recording }).session).rejects.toThrow(
      'no such machine',
    );
    expect(given).toEqual([userData]);
  });

  it('detached, machines, keys and ledger stay for a later process', async () => {
    const { platform, session } = spawn({ keep: true, machines: 1 });
    const { machines, detach } = await session;
    await detach();
    expect(platform.up.size).toBe(1);
    expect(existsSync(machines[0]?.keyFile ?? '')).toBe(true);
    const ledger = stateLeft().find(name => /ledger/.test(name));
    expect(ledger).toBeDefined();
  });

  it('that cannot have a machine leaves none, and no state', async () => {
    const { platform, session } = spawn({}, { refuses: nth => (nth === 2 ? noCapacity() : undefined) });
    await expect(session).rejects.toThrow('no t3.small left');
    expect(platform.up.size).toBe(0);
    expect(stateLeft()).toEqual([]);
  });

  it('called off during the boot, it leaves nothing', async () => {
    const stop = new AbortController();
    const { platform, session, clock } = spawn({ signal: stop.signal });
    void clock.sleep(5000).then(() => stop.abort(new InterruptedError()));
    await expect(session).rejects.toThrow('the run was interrupted');
    expect(platform.up.size).toBe(0);
    expect(stateLeft()).toEqual([]);
  });
});
