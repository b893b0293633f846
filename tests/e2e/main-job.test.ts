import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventOf, RunEvent } from '../../src/core/event.ts';
import { type Ended, kola } from '../cli/kola.ts';
import { emulatorsOf, eventsOf, makePlace, ownScenarios, runsIn } from './runs.ts';

/**
 * One run with everything in it: a scenario on one machine, one on two, one that reboots, one that must fail, one
 * whose machine dies. The tests look at what it left.
 */
const place = makePlace();
let ended: Ended;
let events: readonly RunEvent[];

beforeAll(async () => {
  ended = await kola(
    [
      'run',
      '--platform=qemu',
      '--image=reference',
      `--output-dir=${place.runDir}`,
      `--scenario-dir=${ownScenarios}`,
      'cl.basic',
      'coreos.ignition.once',
      'linux.nfs.v4',
      'harness.*',
    ],
    { env: place.env },
  );
  events = eventsOf(place.runDir);
});
afterAll(() => place[Symbol.dispose]());

const resultOf = (scenario: string): EventOf<'result.decided'> => {
  const result = events.find(event => event.type === 'result.decided' && event.subject.scenario === scenario);
  if (result?.type !== 'result.decided')
    throw new Error(`no result of ${scenario}; the run said:\n${ended.stdout}\n${ended.stderr}`);
  return result;
};

const fileOf = (...path: string[]): string => readFileSync(join(place.runDir, ...path), 'utf8');

describe('kola run --platform=qemu', () => {
  it.each(['cl.basic', 'coreos.ignition.once', 'linux.nfs.v4', 'harness.own-machine-id'])(
    'passes %s on real machines',
    scenario => {
      const result = resultOf(scenario);
      expect(result.failure, JSON.stringify(result.failure, undefined, 2)).toBeUndefined();
      expect(result.outcome).toBe('passed');
    },
  );

  it('runs most sub-tests of cl.basic', () => {
    const passed = events.filter(event => event.type === 'subtest.ended' && event.outcome === 'passed');
    expect(passed.length).toBeGreaterThanOrEqual(9);
  });

  it('proves a reboot by two boot ids', () => {
    const { attempts } = resultOf('coreos.ignition.once');
    // Where an earlier run wanted this machine too, a template boots first and ours is its clone.
    const phases = events.flatMap(event =>
      event.type === 'machine.phase' && event.attempt === attempts[0] ? [event] : [],
    );
    const rebooted = phases.find(({ phase }) => phase === 'rebooting')?.machine;
    const boots = phases.flatMap(({ machine, phase, detail }) =>
      machine === rebooted && phase === 'ready' ? [detail?.bootId] : [],
    );
    expect(boots).toHaveLength(2);
    expect(new Set(boots).size).toBe(2);
  });

  it('fails a machine with a broken unit, and says what the unit said', () => {
    const { outcome, failure } = resultOf('harness.broken-unit');
    expect(outcome).toBe('failed');
    expect(failure).toMatchObject({ kind: 'product' });
    expect(failure?.message).toContain('broken.service');
    expect(failure?.evidence.map(({ text }) => text).join('\n')).toContain('the disk of the moon is missing');
  });

  it('knows a panic as the cause of a connection that broke', () => {
    const { outcome, failure } = resultOf('harness.panics');
    expect(outcome).toBe('failed');
    expect(failure?.message).toContain('kernel panic');
    expect(failure?.evidence[0]?.text).toContain('sysrq triggered crash');
  });

  it('exits 1 and leaves every report', () => {
    expect(ended.code).toBe(1);
    const tap = fileOf('test.tap').split('\n');
    expect(tap).toContain('1..6');
    expect(tap.filter(line => line.startsWith('ok '))).toHaveLength(4);
    expect(tap.filter(line => line.startsWith('not ok '))).toHaveLength(2);
    expect(fileOf('junit.xml')).toContain('<testcase');
    expect(JSON.parse(fileOf('report.json'))).toMatchObject({ result: 'FAIL', platform: 'qemu' });
    expect(fileOf('summary.md')).toContain('broken.service');
    expect(fileOf('index.html')).toContain('harness.panics');
  });

  it('says first, and in every report, that this is not Flatcar', () => {
    expect(ended.stdout.split('\n')[0]).toContain('not Flatcar');
    for (const name of ['test.tap', 'junit.xml', 'report.json', 'summary.md', 'index.html'])
      expect(fileOf(name), name).toContain('not Flatcar');
  });

  it('keeps console, journal and redacted user-data of every machine, and no key', () => {
    for (const role of ['server', 'client']) {
      const folder = join('qemu', 'amd64', 'linux.nfs.v4', '1', role);
      expect(fileOf(folder, 'console.txt')).toContain('Linux version');
      expect(fileOf(folder, 'journal.txt')).toContain('systemd');
      expect(fileOf(folder, 'user-data.json')).toContain('"ignition"');
      expect(fileOf(folder, 'user-data.json')).not.toContain('PRIVATE KEY');
    }
  });

  it('leaves no emulator and no state', () => {
    expect(emulatorsOf(place.runDir)).toEqual([]);
    expect(runsIn(place.stateDir)).toEqual([]);
  });
});
