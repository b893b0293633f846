import { describe, expect, it } from 'vitest';
import { ProvisioningError } from '../../src/core/errors.ts';
import { type ScenarioSpec, type ShareTrait, scenario } from '../../src/core/scenario.ts';
import type { SimulatedMachine } from '../support/simulated-platform.ts';
import { type SimulatedResult, type SimulationOptions, simulate } from '../support/simulated-run.ts';

const sharing = (name: string, more: Partial<ScenarioSpec> = {}) =>
  scenario({
    name,
    description: name,
    share: 'reads',
    run: async t => t.ok('works', true, 'never'),
    ...more,
  });

/** Commands that change the machine: `add X`, `remove X`; `has X` and `lacks X` ask. */
const stateful = async (command: string, { state }: SimulatedMachine) => {
  const [verb, word = ''] = command.split(' ');
  if (verb === 'add') state.add(word);
  if (verb === 'remove') state.delete(word);
  const wrong = (verb === 'has' && !state.has(word)) || (verb === 'lacks' && state.has(word));
  return { code: wrong ? 1 : 0 };
};

const share = (scenarios: SimulationOptions['scenarios'], more: Partial<SimulationOptions> = {}) =>
  simulate({ ...more, scenarios, behaviour: { command: stateful, ...more.behaviour } });

const eventsOf = <T extends string>({ events }: SimulatedResult, type: T) =>
  events.filter(event => event.type === type);
const retirements = (result: SimulatedResult) =>
  result.events.flatMap(event => (event.type === 'shared.retired' ? [event] : []));
const resultOf = (result: SimulatedResult, name: string) => {
  const found = result.events.find(
    event => event.type === 'result.decided' && event.subject.scenario === name,
  );
  if (found?.type !== 'result.decided') throw new Error(`no result of ${name}`);
  return found;
};

const leaves = (name: string, what: string, trait: ShareTrait = 'reads') =>
  sharing(name, {
    share: trait,
    run: async t => {
      await t.machine.try(`add ${what}`);
      t.ok('works', true, 'never');
    },
  });
const wants = (name: string, verb: 'has' | 'lacks', what: string) =>
  sharing(name, {
    run: async t => t.equal('state', (await t.machine.try(`${verb} ${what}`)).code, 0, `${verb} ${what}`),
  });

describe('shared machines', () => {
  const four = ['a', 'b', 'c', 'd'].map(name => sharing(name));

  it('take one boot for all that can use one, and leave nothing', async () => {
    const result = await share(four);
    expect(result.summary.exitCode).toBe(0);
    expect(result.outcomes).toEqual({ a: 'passed', b: 'passed', c: 'passed', d: 'passed' });
    expect([result.platform.made, result.platform.up.size]).toEqual([1, 0]);
    expect(retirements(result)).toEqual([]);
  });

  it.each([['cold'], ['share']] as const)('are not used when --%s says so', async flag => {
    const result = await share(four, { request: { [flag]: flag === 'cold' } });
    expect(result.platform.made).toBe(4);
    expect(eventsOf(result, 'shared.phase')).toEqual([]);
  });

  it('are for those alone who declare it and whose machines are alike', async () => {
    const other = sharing('own', {
      userData: { kind: 'ignition', config: { passwd: { users: [{ name: 'u' }] } } },
    });
    const bigger = sharing('bigger', { needs: { memoryMiB: 4096 } });
    const alone = scenario({ name: 'alone', description: '', run: async t => t.ok('x', true, '') });
    const result = await share([...four, other, bigger, alone]);
    expect(result.summary.exitCode).toBe(0);
    expect(result.platform.made).toBe(4);
  });

  it('show in the attempts that use them, with the folder of the evidence', async () => {
    const result = await share(four.slice(0, 2));
    const phases = result.events.flatMap(event =>
      event.type === 'machine.phase' ? [[event.phase, event.detail?.folder]] : [],
    );
    expect(phases.map(([phase]) => phase).toSorted()).toEqual(['released', 'released', 'shared', 'shared']);
    expect(phases.find(([phase]) => phase === 'shared')?.[1]).toMatch(
      /^simulated\/amd64\/_shared\/id\d+\/machine$/,
    );
  });

  it('meet copies of one scenario on machines of their own', async () => {
    const result = await share([sharing('a'), sharing('b')], {
      request: { selection: { patterns: [], tags: [], multiply: 3 } },
    });
    expect(result.platform.made).toBe(3);
  });

  it('are retired when a scenario leaves a trace, which is named with it, and those after it get a clean one', async () => {
    const dirty = leaves('dirty', 'user1', { changes: ['accounts'] });
    const result = await share([dirty, wants('x', 'lacks', 'user1'), wants('y', 'lacks', 'user1')], {
      request: { seed: 4 },
    });
    expect(Object.values(result.outcomes)).toEqual(['passed', 'passed', 'passed']);
    expect(retirements(result).map(({ scenarios, changes }) => [scenarios, changes])).toEqual([
      [['dirty'], ['+ user1']],
    ]);
    expect(result.platform.up.size).toBe(0);
  });

  it('try again elsewhere everyone who ran beside a trace that several may have left', async () => {
    const result = await share([leaves('liar', 'mess'), ...four.slice(0, 2)]);
    expect(Object.values(result.outcomes)).toEqual(['passed', 'passed', 'passed']);
    expect(retirements(result)[0]?.scenarios.toSorted()).toEqual(['a', 'b', 'liar']);
    expect(resultOf(result, 'a').attempts).toHaveLength(2);
    expect(result.platform.made).toBe(4);
  });

  it('call it interference when only the shared machine made a scenario fail', async () => {
    const helps = leaves('helps', 'toe');
    const hurt = sharing('hurt', {
      run: async t => {
        await t
          .eventually('the other one', async () =>
            (await t.machine.try('has toe')).code === 0 ? true : undefined,
          )
          .catch(() => {});
        t.equal('own', (await t.machine.try('lacks toe')).code, 0, 'stepped on');
      },
    });
    const result = await share([helps, hurt]);
    expect(result.outcomes).toEqual({ helps: 'passed', hurt: 'flaky' });
    expect(resultOf(result, 'hurt').failure).toMatchObject({ kind: 'scenario', code: 'interference' });
    expect(resultOf(result, 'hurt').reason).toMatch(
      /^failed on a machine shared with helps and passed on one of its own: own: stepped on/,
    );
    expect(resultOf(result, 'hurt').attempts).toHaveLength(2);
    expect(result.summary.exitCode).toBe(0);
    const counted = await share([helps, hurt], { request: { flakyBudget: 0 } });
    expect(counted.summary.exitCode).toBe(6);
  });

  it('leave a failure a failure: it fails on its own machine as well, with that as the evidence', async () => {
    const bad = sharing('bad', { run: async t => t.equal('x', 1, 2) });
    const result = await share([bad, ...four.slice(0, 3)]);
    expect(result.outcomes).toEqual({ bad: 'failed', a: 'passed', b: 'passed', c: 'passed' });
    expect(resultOf(result, 'bad').failure).toMatchObject({ kind: 'product', code: 'check-failed' });
    expect(result.summary.exitCode).toBe(1);
    expect(result.platform.made).toBe(2);
  });

  it('keep those apart of whom one changes what the other looks at', async () => {
    let inside = 0;
    let most = 0;
    const changer = (name: string) =>
      sharing(name, {
        share: { changes: ['accounts'] },
        run: async t => {
          inside += 1;
          most = Math.max(most, inside);
          await t.machine.try(`add ${name}`);
          await t.eventually('a moment', async () => true, { every: 10 });
          await t.machine.try(`remove ${name}`);
          inside -= 1;
          t.ok('done', true, '');
        },
      });
    const result = await share([changer('a'), changer('b'), changer('c')]);
    expect(result.summary.exitCode).toBe(0);
    expect([most, result.platform.made, retirements(result).length]).toEqual([1, 1, 0]);
  });

  it('cannot be rebooted or added to', async () => {
    const reboots = sharing('reboots', {
      run: async t => {
        await t.machine.reboot();
        t.ok('works', true, '');
      },
    });
    const result = await share([reboots, ...four]);
    expect(result.outcomes.reboots).toBe('flaky');
    const first = result.events.find(
      event => event.type === 'attempt.ended' && event.subject.scenario === 'reboots',
    );
    expect(first?.type === 'attempt.ended' && first.failure?.message).toBe(
      'a scenario that declares share must not reboot its machine',
    );
  });

  it('that cannot be made leave every scenario to boot its own', async () => {
    const result = await share(four, {
      behaviour: {
        command: stateful,
        refuses: nth => (nth === 1 ? new ProvisioningError('refused', 'no') : undefined),
      },
    });
    expect(result.summary.exitCode).toBe(0);
    expect(result.platform.made).toBe(5);
  });

  it('that die take nobody with them: each is tried on a machine of its own', async () => {
    const hit = {
      rule: 'kernel-panic',
      description: 'kernel panic',
      line: 7,
      text: 'Kernel panic - not syncing: x',
      severity: 'fatal',
      excerpt: [],
    } as const;
    const slow = ['a', 'b', 'c'].map(name =>
      sharing(name, {
        run: async t => {
          await t
            .eventually('a minute', async () => undefined, { every: 30_000, until: 60_000 })
            .catch(error => {
              if (t.signal.aborted) throw error;
            });
          t.ok('works', true, '');
        },
      }),
    );
    const result = await share(slow, {
      behaviour: { command: stateful, hits: nth => (nth === 1 ? [{ after: 30_000, hit }] : []) },
    });
    expect(result.outcomes).toEqual({ a: 'flaky', b: 'flaky', c: 'flaky' });
    expect(result.platform.made).toBe(4);
    expect(result.platform.up.size).toBe(0);
  });

  it('hold what their boot showed against everyone', async () => {
    const hit = {
      rule: 'kernel-oops',
      description: 'kernel oops',
      line: 7,
      text: 'Oops: 0000',
      severity: 'error',
      excerpt: ['Oops'],
    } as const;
    const result = await share(four, { behaviour: { hits: () => [{ after: 100, hit }] } });
    expect(Object.values(result.outcomes)).toEqual(['failed', 'failed', 'failed', 'failed']);
  });

  it('are destroyed when the run is stopped, and nobody passes who was not through', async () => {
    const endless = ['a', 'b', 'c'].map(name => sharing(name, { run: () => new Promise(() => {}) }));
    const result = await share(endless, { interruptAfter: 60_000 });
    expect(result.summary.exitCode).toBe(5);
    expect(Object.values(result.outcomes)).toEqual(['interrupted', 'interrupted', 'interrupted']);
    expect(result.platform.up.size).toBe(0);
  });

  it('are refused to scenarios that need more than one machine or a boot of their own', () => {
    expect(() => sharing('a', { needs: { coldBoot: true } })).toThrow('share and needs.coldBoot');
    expect(() => sharing('a', { machines: [{ role: 'x' }, { role: 'y' }] })).toThrow('one machine');
    expect(() => sharing('a', { share: { changes: [] } })).toThrow('say "reads" instead');
  });
});
