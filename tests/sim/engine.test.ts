import { describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/core/clock.ts';
import { type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import { noCapacity } from '../support/simulated-platform.ts';
import { simulate } from '../support/simulated-run.ts';

const checked = (name: string, more: Partial<ScenarioSpec> = {}) =>
  scenario({ name, description: name, run: async t => t.ok('works', true, 'never'), ...more });

const busy = (name: string, ms: number, more: Partial<ScenarioSpec> = {}) =>
  checked(name, {
    run: async t => {
      await t.machine.run(`sleep ${ms}`);
      t.ok('works', true, 'never');
    },
    ...more,
  });

/** Machines that take a `sleep N` command literally, in virtual milliseconds. */
const sleeping = (clockSleep: (ms: number) => Promise<void>) => async (command: string) => {
  const ms = /^sleep (\d+)/.exec(command)?.[1];
  if (ms !== undefined) await clockSleep(Number(ms));
  return {};
};

describe('a run', () => {
  it('passes when every scenario passes, and leaves no machine', async () => {
    const { summary, platform, outcomes } = await simulate({ scenarios: [checked('a'), checked('b')] });
    expect(summary.exitCode).toBe(0);
    expect(outcomes).toEqual({ a: 'passed', b: 'passed' });
    expect(platform.up.size).toBe(0);
    expect(platform.made).toBe(2);
    expect(platform.closed).toBe(1);
  });

  it('blocks what needs more machines than the quota has room for, in its words, and runs the rest', async () => {
    const room = {
      machines: 2,
      why: 'the quota cores of me in here has room for 2 machines: 6 of 8 are in use',
    };
    const scenarios = [
      checked('one'),
      checked('two', { needs: { machines: 2 } }),
      checked('three', { needs: { machines: 3 } }),
    ];
    const { summary, platform, outcomes, events } = await simulate({ scenarios, behaviour: { room } });
    expect(outcomes).toEqual({ one: 'passed', two: 'passed', three: 'blocked' });
    expect({ code: summary.exitCode, most: platform.most }).toEqual({ code: 2, most: 2 });
    const decided = events.find(
      event => event.type === 'result.decided' && event.subject.scenario === 'three',
    );
    expect(decided).toMatchObject({
      attempts: [],
      failure: {
        ...{ kind: 'capacity', code: 'cloud-quota' },
        message: `needs 3 machines at once, but ${room.why}`,
      },
    });
  });

  it('does not even prepare the image when the quota has room for none of the scenarios', async () => {
    const { summary, platform, outcomes } = await simulate({
      scenarios: [checked('two', { needs: { machines: 2 } })],
      behaviour: { room: { machines: 1, why: 'there is room for 1 machine' } },
    });
    expect(outcomes).toEqual({ two: 'blocked' });
    expect({ code: summary.exitCode, prepared: platform.prepared, made: platform.made }).toEqual({
      ...{ code: 2, prepared: 0, made: 0 },
    });
    expect(platform.closed).toBe(1);
  });

  it('says that nothing was selected', async () => {
    const { summary } = await simulate({
      scenarios: [checked('a')],
      request: { selection: { patterns: ['zzz*'], tags: [], multiply: 1 } },
    });
    expect(summary.exitCode).toBe(4);
  });

  it('gives a reason for every scenario that it does not select', async () => {
    const { events } = await simulate({
      scenarios: [
        checked('a'),
        checked('needs.tpm', { needs: { tpm: true } }),
        checked('needs.verity', { needs: { capabilities: ['verity'] } }),
        checked('elsewhere', { platforms: { only: ['aws'] } }),
        checked('old', { versions: { until: '3033.0.0' } }),
      ],
    });
    const plan = events.find(event => event.type === 'plan.decided');
    expect(
      plan?.type === 'plan.decided' && plan.unselected.map(({ scenario, reason }) => [scenario, reason.code]),
    ).toEqual([
      ['needs.tpm', 'platform-feature'],
      ['needs.verity', 'capability'],
      ['elsewhere', 'platform'],
      ['old', 'version'],
    ]);
  });

  it('fails with the check and both values in the first line', async () => {
    const { summary, events, outcomes } = await simulate({
      scenarios: [checked('a', { run: async t => t.equal('hostname', 'localhost', 'core1', 'hostnamectl') })],
    });
    expect(summary.exitCode).toBe(1);
    expect(outcomes).toEqual({ a: 'failed' });
    const result = events.find(event => event.type === 'result.decided');
    expect(result?.type === 'result.decided' && result.failure).toMatchObject({
      kind: 'product',
      code: 'check-failed',
      message: 'hostname: hostnamectl: expected "core1", found "localhost"',
    });
  });

  it('calls a scenario without checks blocked, never passed', async () => {
    const { summary, outcomes, events } = await simulate({
      scenarios: [checked('a', { run: async () => {} })],
    });
    expect(outcomes).toEqual({ a: 'blocked' });
    expect(summary.exitCode).toBe(1);
    const result = events.find(event => event.type === 'result.decided');
    expect(result?.type === 'result.decided' && result.failure?.code).toBe('no-check-ran');
  });

  it('retries what the platform could not give, and does not call it flaky', async () => {
    const { summary, outcomes, platform, events } = await simulate({
      scenarios: [checked('a')],
      behaviour: { refuses: nth => (nth === 1 ? noCapacity() : undefined) },
    });
    expect(summary.exitCode).toBe(0);
    expect(outcomes).toEqual({ a: 'passed' });
    expect(platform.made).toBe(2);
    const retried = events.filter(event => event.type === 'attempt.started');
    expect(retried.map(event => event.number)).toEqual([1, 2]);
  });

  it('reads a lasting outage as infrastructure, never as a failure of the image', async () => {
    const { summary, outcomes, platform } = await simulate({
      scenarios: [checked('a')],
      behaviour: { refuses: noCapacity },
    });
    expect(outcomes).toEqual({ a: 'blocked' });
    expect(summary.exitCode).toBe(2);
    expect(platform.up.size).toBe(0);
  });

  it('does not retry a product failure unless told to, and then calls a pass flaky', async () => {
    const failsOnce = () => {
      let tries = 0;
      return checked('a', {
        run: async t => {
          tries += 1;
          t.ok('works', tries > 1, 'it broke');
        },
      });
    };
    const strict = await simulate({ scenarios: [failsOnce()] });
    expect(strict.outcomes).toEqual({ a: 'failed' });
    const patient = await simulate({
      scenarios: [failsOnce()],
      request: { retries: { infrastructure: 1, product: 1 } },
    });
    expect(patient.outcomes).toEqual({ a: 'flaky' });
    expect(patient.summary.exitCode).toBe(0);
    const counted = await simulate({
      scenarios: [failsOnce()],
      request: { retries: { infrastructure: 1, product: 1 }, flakyBudget: 0 },
    });
    expect(counted.summary.exitCode).toBe(6);
  });

  it('goes on with the sub-tests after one that failed', async () => {
    const { events, outcomes } = await simulate({
      scenarios: [
        scenario({
          name: 'a',
          description: 'a',
          subtests: [
            { name: 'first', run: async t => t.ok('x', false, 'broken') },
            { name: 'second', run: async t => t.ok('y', true, '') },
            {
              name: 'third',
              needs: { capabilities: ['update-engine'] },
              run: async t => t.ok('z', false, 'broken'),
            },
          ],
        }),
      ],
    });
    expect(outcomes).toEqual({ a: 'failed' });
    const ended = events.flatMap(event =>
      event.type === 'subtest.ended' ? [[event.subtest, event.outcome]] : [],
    );
    expect(ended).toEqual([
      ['first', 'failed'],
      ['second', 'passed'],
      ['third', 'skipped'],
    ]);
    const result = events.find(event => event.type === 'result.decided');
    expect(result?.type === 'result.decided' && result.reason).toBe('first: x: broken');
  });

  it('skips a scenario all of whose sub-tests are skipped', async () => {
    const { outcomes, summary } = await simulate({
      scenarios: [
        scenario({
          name: 'a',
          description: 'a',
          subtests: [{ name: 'only', needs: { capabilities: ['nope'] }, run: async () => {} }],
        }),
      ],
    });
    expect(outcomes).toEqual({ a: 'skipped' });
    expect(summary.exitCode).toBe(0);
  });

  it('fails a scenario whose console shows a kernel oops although its checks held', async () => {
    const hit = {
      rule: 'kernel-oops',
      description: 'kernel oops',
      line: 7,
      text: 'Oops: 0000',
      severity: 'error',
      excerpt: ['Oops'],
    } as const;
    const { outcomes, events } = await simulate({
      scenarios: [checked('a')],
      behaviour: { hits: () => [{ after: 100, hit }] },
    });
    expect(outcomes).toEqual({ a: 'failed' });
    const result = events.find(event => event.type === 'result.decided');
    expect(result?.type === 'result.decided' && result.reason).toMatch(
      /^found kernel oops on the console of machine kola-/,
    );
  });

  it('does not count a hit that the scenario excuses', async () => {
    const hit = {
      rule: 'kernel-panic',
      description: 'kernel panic',
      line: 7,
      text: 'panic',
      severity: 'fatal',
      excused: 'declared',
      excerpt: [],
    } as const;
    const { outcomes } = await simulate({
      scenarios: [checked('a')],
      behaviour: { hits: () => [{ after: 1, hit }] },
    });
    expect(outcomes).toEqual({ a: 'passed' });
  });

  it('ends an attempt at once when the kernel panics', async () => {
    const hit = {
      rule: 'kernel-panic',
      description: 'kernel panic',
      line: 7,
      text: 'Kernel panic - not syncing: x',
      severity: 'fatal',
      excerpt: [],
    } as const;
    const { outcomes, took } = await simulate({
      scenarios: [checked('a')],
      behaviour: { hits: () => [{ after: 500, hit }], boot: minutes(4) },
    });
    expect(outcomes).toEqual({ a: 'failed' });
    expect(took).toBeLessThan(seconds(10));
  });

  it('ends a scenario that hangs at its deadline and a guest that never boots at its own', async () => {
    const hangs = await simulate({
      scenarios: [checked('a', { timeout: minutes(2), run: () => new Promise(() => {}) })],
    });
    expect(hangs.outcomes).toEqual({ a: 'timedout' });
    expect(hangs.summary.exitCode).toBe(1);
    expect(hangs.platform.up.size).toBe(0);
    expect(hangs.took).toBeLessThan(minutes(3));
    const never = await simulate({ scenarios: [checked('a')], behaviour: { boot: minutes(60) } });
    expect(never.outcomes).toEqual({ a: 'timedout' });
    const result = never.events.find(event => event.type === 'result.decided');
    expect(result?.type === 'result.decided' && result.reason).toBe('waited 302 s for machine to boot');
  });

  it('gives a platform that needs longer to create machines the time that it asks for', async () => {
    const slow = { provision: minutes(9) };
    const scenarios = [checked('a')];
    const cut = await simulate({
      scenarios,
      behaviour: slow,
      request: { retries: { infrastructure: 0, product: 0 } },
    });
    expect(cut.outcomes).toEqual({ a: 'blocked' });
    const given = await simulate({ scenarios, behaviour: { ...slow, provisionLimit: minutes(10) } });
    expect(given.outcomes).toEqual({ a: 'passed' });
  });

  it('runs copies under --multiply', async () => {
    const { events } = await simulate({
      scenarios: [checked('a')],
      request: { selection: { patterns: [], tags: [], multiply: 3 } },
    });
    const copies = events.flatMap(event => (event.type === 'result.decided' ? [event.subject.copy] : []));
    expect(copies.toSorted()).toEqual([1, 2, 3]);
  });

  it('splits into shards that cover everything once', async () => {
    const scenarios = Array.from({ length: 20 }, (_, index) => checked(`s${index}`));
    const names: string[] = [];
    for (const part of [1, 2, 3]) {
      const { outcomes } = await simulate({
        scenarios,
        request: { selection: { patterns: [], tags: [], multiply: 1, shard: { part, of: 3 } } },
      });
      names.push(...Object.keys(outcomes));
    }
    expect(names.toSorted()).toEqual(scenarios.map(({ name }) => name).toSorted());
  });
});

describe('stopping', () => {
  const slow = Array.from({ length: 6 }, (_, index) =>
    checked(`s${index}`, { run: () => new Promise(() => {}), timeout: minutes(30) }),
  );

  it('interrupted, it ends within seconds, destroys everything, and says what did not run', async () => {
    const { summary, platform, outcomes, took } = await simulate({
      scenarios: slow,
      interruptAfter: minutes(1),
      request: { parallel: 2 },
    });
    expect(summary.exitCode).toBe(5);
    expect(platform.up.size).toBe(0);
    expect(took).toBeLessThan(minutes(1) + seconds(30));
    const values = Object.values(outcomes);
    expect(values.filter(outcome => outcome === 'interrupted')).toHaveLength(2);
    expect(values.filter(outcome => outcome === 'notrun')).toHaveLength(4);
  });

  it('under --fail-fast nothing starts after a failure, and what runs may finish', async () => {
    const scenarios = [
      checked('bad', { run: async t => t.fail('no') }),
      ...Array.from({ length: 5 }, (_, index) => checked(`s${index}`)),
    ];
    const { summary, outcomes } = await simulate({
      scenarios,
      request: { failFast: true, parallel: 1, seed: 3 },
    });
    expect(summary.exitCode).toBe(1);
    expect(Object.keys(outcomes)).toHaveLength(6);
    expect(Object.values(outcomes)).toContain('notrun');
    expect(Object.values(outcomes)).not.toContain('interrupted');
  });
});

describe('machines at once', () => {
  it('are never more than allowed, clusters included, and a cluster larger than the limit runs alone', async () => {
    const scenarios = [
      ...Array.from({ length: 10 }, (_, index) => checked(`one${index}`)),
      checked('three', { machines: [{ role: 'a' }, { role: 'b' }, { role: 'c' }] }),
      checked('six', { machines: 'abcdef'.split('').map(role => ({ role })) }),
    ];
    const { platform, summary } = await simulate({ scenarios, request: { parallel: 4 } });
    expect(summary.exitCode).toBe(0);
    expect(platform.most).toBe(6);
    const { platform: two } = await simulate({ scenarios: scenarios.slice(0, 11), request: { parallel: 4 } });
    expect(two.most).toBe(4);
  });

  it('a thousand scenarios are scheduled in little real time', async () => {
    const scenarios = Array.from({ length: 1000 }, (_, index) => busy(`s${index}`, 1000));
    const { summary, platform } = await simulate({
      scenarios,
      request: { parallel: 50 },
      behaviour: { command: sleeping(async () => {}) },
    });
    expect(summary.exitCode).toBe(0);
    expect(platform.most).toBe(50);
  });
});

describe('what a scenario needs from outside', () => {
  it('blocks it, with the reason and without machines, when it is away', async () => {
    const { outcomes, summary, platform, events } = await simulate({
      scenarios: [checked('a', { needs: { external: ['registry:ghcr.io'] } })],
    });
    expect(outcomes).toEqual({ a: 'blocked' });
    expect(summary.exitCode).toBe(2);
    expect(platform.made).toBe(0);
    const result = events.find(event => event.type === 'result.decided');
    expect(result?.type === 'result.decided' && result.reason).toBe('registry:ghcr.io is not simulated');
  });

  it('is not asked where the image makes it unnecessary', async () => {
    const needs = (capability: string) => ({ externalWithout: { [capability]: ['registry:quay.io'] } });
    const { outcomes } = await simulate({
      // The simulated image provides docker.
      scenarios: [checked('a', { needs: needs('docker') }), checked('b', { needs: needs('verity') })],
    });
    expect(outcomes).toEqual({ a: 'passed', b: 'blocked' });
  });

  it('blocks one sub-test without failing the others', async () => {
    const { events, outcomes } = await simulate({
      scenarios: [
        scenario({
          name: 'a',
          description: 'a',
          subtests: [
            { name: 'local', run: async t => t.ok('x', true, '') },
            { name: 'remote', needs: { external: ['internet'] }, run: async t => t.ok('y', true, '') },
          ],
        }),
      ],
    });
    expect(outcomes).toEqual({ a: 'passed' });
    const ended = events.flatMap(event =>
      event.type === 'subtest.ended' ? [[event.subtest, event.outcome]] : [],
    );
    expect(ended).toEqual([
      ['local', 'passed'],
      ['remote', 'blocked'],
    ]);
  });
});
