import { describe, expect, it } from 'vitest';
import { InterruptedError, ProductError } from '../../src/core/errors.ts';
import type { EventOf } from '../../src/core/event.ts';
import type { KnownIssue } from '../../src/core/known-issue.ts';
import type { Sabotage } from '../../src/core/sabotage.ts';
import { type CheckContext, type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import type { RuleHit } from '../../src/machine/console/hit.ts';
import type { RunRequest } from '../../src/run/request.ts';
import { type Behaviour, noCapacity } from '../support/simulated-platform.ts';
import { type SimulatedResult, simulate } from '../support/simulated-run.ts';

/** A machine whose service is up until it is stopped; clones start with the service up. */
const service = (more: Behaviour = {}): Behaviour => {
  const stopped = new Set<string>();
  return {
    freezes: {},
    command: async (command, machine) => {
      if (command === 'stop') stopped.add(machine.id);
      if (command === 'impossible') throw new ProductError('command-failed', 'impossible exited 5');
      return { stdout: stopped.has(machine.id) ? 'inactive' : 'active' };
    },
    ...more,
  };
};

const stop: Sabotage = {
  kind: 'guest',
  fault: 'the service is stopped',
  commands: ['stop'],
  fails: { check: 'service-up' },
};

const serviceUp = (name: string, more: Partial<ScenarioSpec> = {}) =>
  scenario({
    name,
    description: name,
    sabotage: stop,
    run: async t => t.equal('service-up', await t.machine.run('is-active'), 'active'),
    ...more,
  });

const prove = (
  scenarios: readonly ReturnType<typeof scenario>[],
  request: Partial<RunRequest> = {},
  behaviour = service(),
  interruptAfter?: number,
) =>
  simulate({
    scenarios,
    behaviour,
    request: { prove: { proven: new Map(), allowUndeclared: false }, ...request },
    ...(interruptAfter === undefined ? {} : { interruptAfter }),
  });

const proofs = ({ events }: SimulatedResult): readonly EventOf<'proof.decided'>[] =>
  events.filter(event => event.type === 'proof.decided');
const verdicts = (result: SimulatedResult) =>
  Object.fromEntries(proofs(result).map(({ subject, verdict }) => [subject.scenario, verdict]));

describe('a proof', () => {
  it('is a pass, a fault and the stated failure, on clones of one boot', async () => {
    const result = await prove([serviceUp('a')]);
    expect(verdicts(result)).toEqual({ a: 'proven' });
    expect(result.summary).toMatchObject({ exitCode: 0, verdict: 'PROVEN: 1 failed as stated of 1' });
    expect(proofs(result)[0]).toMatchObject({
      fault: 'the service is stopped',
      stated: 'service-up',
      found: 'failed: service-up: expected "active", found "inactive"',
    });
    const { specs, up } = result.platform;
    expect(specs.map(({ resume }) => resume !== undefined)).toEqual([false, true, true]);
    expect(up.size).toBe(0);
  });

  it('leaves the result to the unharmed machine, and marks the harmed attempt', async () => {
    const result = await prove([serviceUp('a')]);
    expect(result.outcomes).toEqual({ a: 'passed' });
    const attempts = result.events.filter(event => event.type === 'attempt.ended');
    expect(attempts.map(({ outcome, sabotage }) => [outcome, sabotage])).toEqual([
      ['passed', undefined],
      ['failed', 'the service is stopped'],
    ]);
    const decided = result.events.find(event => event.type === 'result.decided');
    expect(decided?.attempts).toEqual([attempts[0]?.attempt]);
    expect(proofs(result)[0]?.attempts).toEqual([attempts[1]?.attempt]);
  });

  it('is none when the scenario does not notice the fault: exit 1', async () => {
    const blind = serviceUp('blind', {
      run: async t => {
        await t.machine.run('is-active');
        t.ok('service-up', true, 'never');
      },
    });
    const result = await prove([blind, serviceUp('a')]);
    expect(verdicts(result)).toEqual({ blind: 'still-passed', a: 'proven' });
    expect(result.summary).toMatchObject({
      exitCode: 1,
      verdict: 'DISPROVEN: 1 failed as stated, 1 still passed of 2',
    });
  });

  it('is none when another check breaks, or the failure says something else', async () => {
    const result = await prove([
      serviceUp('check', { sabotage: { ...stop, fails: { check: 'other' } } }),
      serviceUp('text', { sabotage: { ...stop, fails: { check: 'service-up', says: /masked/ } } }),
      serviceUp('right', { sabotage: { ...stop, fails: { says: /found "inactive"/ } } }),
    ]);
    expect(verdicts(result)).toEqual({ check: 'other-cause', text: 'other-cause', right: 'proven' });
    expect(result.summary.exitCode).toBe(1);
  });

  it('does not wait as long for what the fault keeps away as the scenario would', async () => {
    const patient = serviceUp('patient', {
      timeout: 3_600_000,
      run: async t => {
        await t.check('service-up', () =>
          t.eventually(
            'the service',
            async () => ((await t.machine.run('is-active')) === 'active' ? true : undefined),
            { until: 1_800_000 },
          ),
        );
      },
    });
    const result = await prove([patient]);
    expect(verdicts(result)).toEqual({ patient: 'proven' });
    expect(result.took).toBeLessThan(60_000);
  });

  it('names the check of a sub-test with the sub-test', async () => {
    const sub = scenario({
      name: 'a',
      description: 'a',
      sabotage: { ...stop, fails: { check: 'part/up' } },
      subtests: [
        { name: 'first', run: async t => t.ok('fine', true, '') },
        { name: 'part', run: async t => t.equal('up', await t.machine.run('is-active'), 'active') },
      ],
    });
    expect(verdicts(await prove([sub]))).toEqual({ a: 'proven' });
  });

  it('leaves out the sub-tests that follow the stated failure, and no other ones', async () => {
    const ran: string[] = [];
    const part = (name: string, command: string) => ({
      name,
      run: async (t: CheckContext) => {
        ran.push(name);
        t.equal('up', await t.machine.run(command), 'active');
      },
    });
    const parts = scenario({
      name: 'a',
      description: 'a',
      sabotage: { ...stop, fails: { check: 'second/up' } },
      subtests: [part('first', 'is-active'), part('second', 'is-active'), part('third', 'is-active')],
    });
    expect(verdicts(await prove([parts]))).toEqual({ a: 'proven' });
    expect(ran).toEqual(['first', 'second', 'third', 'first', 'second']);
  });

  it('is none when the fault cannot be made', async () => {
    const result = await prove([
      serviceUp('a', { sabotage: { ...stop, commands: ['impossible'], fails: { says: /./ } } }),
    ]);
    expect(verdicts(result)).toEqual({ a: 'other-cause' });
    expect(proofs(result)[0]?.found).toBe('failed: the sabotage could not be done: impossible exited 5');
  });

  it('is not tried where the scenario fails by itself', async () => {
    const result = await prove([serviceUp('a', { run: async t => t.ok('x', false, 'broken') })]);
    expect(verdicts(result)).toEqual({ a: 'unsound' });
    expect(result.summary.exitCode).toBe(1);
    expect(result.events.filter(event => event.type === 'attempt.started')).toHaveLength(1);
  });

  it('can rest on a change of user-data, which takes a boot of its own', async () => {
    const seen: string[] = [];
    const own = scenario({
      name: 'a',
      description: 'a',
      sabotage: {
        kind: 'userData',
        fault: 'a unit is masked',
        edit: config => ({ ...config, systemd: { units: [{ name: 'x.service', mask: true }] } }),
        fails: { check: 'up' },
      },
      run: async t => t.ok('up', !(await t.machine.run('masked')).includes('masked'), 'x is down'),
    });
    const result = await prove(
      [own],
      {},
      {
        freezes: {},
        command: async (_, machine) => ({ stdout: machine.nth === 2 ? 'masked' : 'fine' }),
      },
    );
    for (const { userData } of result.platform.specs) seen.push(userData.text);
    expect(seen.map(text => text.includes('x.service'))).toEqual([false, true]);
    expect(verdicts(result)).toEqual({ a: 'proven' });
  });

  it.each([
    ['changes nothing', undefined],
    ['meets user-data that is no Ignition', { kind: 'ignition-raw', version: '3.3', text: '{}' } as const],
  ])('is none when the edit of user-data %s', async (_, userData) => {
    const result = await prove([
      serviceUp('a', {
        ...(userData === undefined ? {} : { userData }),
        sabotage: {
          kind: 'userData',
          fault: 'nothing',
          edit: config => (userData === undefined ? { ...config } : { ...config, systemd: {} }),
          fails: { says: /./ },
        },
      }),
    ]);
    expect(verdicts(result)).toEqual({ a: 'other-cause' });
    expect(proofs(result)[0]?.found).toMatch(/the sabotage could not be done/);
  });

  it('harms machines by role, also those that the body makes', async () => {
    const pair = (role: string) =>
      scenario({
        name: `pair.${role}`,
        description: 'two machines',
        needs: { machines: 2 },
        machines: [{ role: 'server' }],
        sabotage: { ...stop, role },
        run: async t => {
          const client = await t.provision('client');
          t.equal('server-up', await t.on('server').run('is-active'), 'active');
          t.equal('service-up', await client.run('is-active'), 'active');
        },
      });
    const result = await prove([pair('client'), pair('server'), pair('nobody')]);
    expect(verdicts(result)).toEqual({
      'pair.client': 'proven',
      'pair.server': 'other-cause',
      'pair.nobody': 'still-passed',
    });
    const nobody = proofs(result).find(({ subject }) => subject.scenario === 'pair.nobody');
    expect(nobody?.found).toBe('it had no machine nobody to harm');
  });
});

describe('kola prove', () => {
  it('boots nothing for a scenario that declares no sabotage, and says so', async () => {
    const { sabotage: _, ...bare } = serviceUp('bare');
    const result = await prove([bare]);
    expect(verdicts(result)).toEqual({ bare: 'undeclared' });
    expect(result.platform.made).toBe(0);
    expect(result.summary.exitCode).toBe(1);
    const allowed = await prove([bare, serviceUp('a')], {
      prove: { proven: new Map(), allowUndeclared: true },
    });
    expect(allowed.summary.exitCode).toBe(0);
  });

  it('is neutral about what is blocked, unless that is all', async () => {
    const away = serviceUp('away', { needs: { external: ['internet'] } });
    const both = await prove([away, serviceUp('a')]);
    expect(verdicts(both)).toEqual({ away: 'blocked', a: 'proven' });
    expect(both.summary.exitCode).toBe(0);
    const alone = await prove([away]);
    expect(alone.summary.exitCode).toBe(2);
    const incapable = await prove([serviceUp('a', { sabotage: { ...stop, capabilities: ['selinux'] } })]);
    expect(proofs(incapable)[0]?.found).toBe('the fault needs selinux, which simulated lacks');
    expect(incapable.platform.made).toBe(0);
  });

  it('calls a platform that has no room blocked, not proven', async () => {
    const outage = await prove(
      [serviceUp('a', { needs: { coldBoot: true } })],
      {},
      service({ refuses: nth => (nth > 1 ? noCapacity() : undefined) }),
    );
    expect(verdicts(outage)).toEqual({ a: 'blocked' });
    expect(outage.summary.exitCode).toBe(2);
  });

  it('is neutral about a failure that is known, as a run is', async () => {
    const known: KnownIssue = {
      id: 'down',
      effect: 'warn',
      scenarios: ['a'],
      signature: 'check-failed: x:*',
      tracker: 'https://example.org/1',
      reason: 'It is down',
      expires: '2099-01-01',
    };
    const broken = (name: string) => serviceUp(name, { run: async t => t.ok('x', false, 'broken') });
    const request = { knownIssues: [known] };
    const result = await prove([broken('a'), serviceUp('b')], request);
    expect(verdicts(result)).toEqual({ a: 'blocked', b: 'proven' });
    expect(proofs(result).find(({ subject }) => subject.scenario === 'a')?.found).toBe(
      'known issue down: failed: x: broken',
    );
    expect(result.summary.exitCode).toBe(0);
    expect(verdicts(await prove([broken('c')], request))).toEqual({ c: 'unsound' });
  });

  it('is neutral about a machine that fails before it is harmed', async () => {
    const panic: RuleHit = {
      rule: 'kernel-panic',
      description: 'a kernel panic',
      severity: 'fatal',
      line: 1,
      text: 'Kernel panic',
      excerpt: [],
    };
    const result = await prove(
      [serviceUp('a', { needs: { coldBoot: true } })],
      {},
      service({ hits: nth => (nth === 2 ? [{ after: 100, hit: panic }] : []) }),
    );
    expect(verdicts(result)).toEqual({ a: 'blocked' });
    expect(proofs(result)[0]?.found).toMatch(/^before the fault was made: failed: found a kernel panic/);
    expect(result.summary.exitCode).toBe(2);
  });

  it('does not count a scenario that blocks itself when it meets the fault', async () => {
    const shy = serviceUp('shy', {
      run: async t => {
        if ((await t.machine.run('is-active')) !== 'active') t.block('the service is away');
        t.ok('service-up', true, 'never');
      },
    });
    expect(verdicts(await prove([shy]))).toEqual({ shy: 'other-cause' });
  });

  it('goes on with what an earlier run proved, unless the fault is another one now', async () => {
    const key = (name: string) => `simulated/amd64/stable:${name}`;
    const proven = new Map([
      [key('a'), { run: 'earlier', fault: stop.fault }],
      [key('b'), { run: 'earlier', fault: 'an older fault' }],
    ]);
    const result = await prove([serviceUp('a'), serviceUp('b')], {
      prove: { proven, allowUndeclared: false },
    });
    expect(verdicts(result)).toEqual({ a: 'proven', b: 'proven' });
    expect(proofs(result).map(({ subject, from }) => [subject.scenario, from])).toEqual(
      expect.arrayContaining([
        ['a', 'earlier'],
        ['b', undefined],
      ]),
    );
    expect(result.outcomes).toEqual({ a: 'skipped', b: 'passed' });
  });

  it('keeps what an earlier run proved when it is stopped before its turn', async () => {
    const proven = new Map([['simulated/amd64/stable:a', { run: 'earlier', fault: stop.fault }]]);
    const result = await prove([serviceUp('a'), serviceUp('b')], {
      prove: { proven, allowUndeclared: false },
      noNewStarts: AbortSignal.abort(new InterruptedError('enough')),
    });
    expect(verdicts(result)).toEqual({ a: 'proven', b: 'notrun' });
    expect(result.platform.made).toBe(0);
  });

  it('can be interrupted: what was decided stays, the rest is not run', async () => {
    const result = await prove(
      ['a', 'b', 'c'].map(name => serviceUp(name)),
      { parallel: 1 },
      service(),
      25_000,
    );
    expect(result.summary.exitCode).toBe(5);
    expect(Object.values(verdicts(result)).sort()).toEqual(['notrun', 'notrun', 'proven']);
    expect(result.platform.up.size).toBe(0);
  });

  it('cuts short what runs at its limit: that is neutral, and the machines are gone', async () => {
    const result = await prove(
      ['a', 'b', 'c'].map(name => serviceUp(name, { needs: { coldBoot: true } })),
      { parallel: 1, limit: 55_000 },
    );
    expect(Object.values(verdicts(result)).sort()).toEqual(['notrun', 'notrun', 'proven']);
    expect(proofs(result).map(({ found }) => found)).toEqual(
      expect.arrayContaining([
        'failed: service-up: expected "active", found "inactive"',
        'interrupted: cut short after 55 s',
        'cut short after 55 s',
      ]),
    );
    expect(result.summary.exitCode).toBe(0);
    expect(result.took).toBeLessThan(60_000);
    expect(result.platform.up.size).toBe(0);
  });

  it('starts nothing more when its budget is spent', async () => {
    const result = await prove(
      ['a', 'b', 'c'].map(name => serviceUp(name, { needs: { coldBoot: true } })),
      { parallel: 1, budget: 30_000 },
    );
    expect(Object.values(verdicts(result)).sort()).toEqual(['notrun', 'notrun', 'proven']);
    expect(result.summary.exitCode).toBe(0);
  });
});

describe('a declaration', () => {
  it.each([
    [{ ...stop, fault: ' ' }, /does not say what the fault is/],
    [{ ...stop, fails: {} }, /states neither/],
    [{ ...stop, commands: [''] }, /has no command/],
  ])('that is of no use is refused: %j', (sabotage, message) => {
    expect(() => serviceUp('a', { sabotage })).toThrow(message);
  });
});
