import { describe, expect, it } from 'vitest';
import { ProvisioningError } from '../../src/core/errors.ts';
import type { MachineId } from '../../src/core/ids.ts';
import type { Snapshot } from '../../src/core/platform.ts';
import { type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import { type SimulatedResult, simulate } from '../support/simulated-run.ts';

const plain = (name: string, more: Partial<ScenarioSpec> = {}) =>
  scenario({ name, description: name, run: async t => t.ok('works', true, 'never'), ...more });

const booted = ({ platform }: SimulatedResult): number =>
  platform.specs.filter(({ resume }) => resume === undefined).length;
const cloned = ({ platform }: SimulatedResult): number =>
  platform.specs.filter(({ resume }) => resume !== undefined).length;

type Kept = Map<string, Snapshot | 'wanted'>;

const five = ['a', 'b', 'c', 'd', 'e'].map(name => plain(name));

describe('warm machines', () => {
  it('boot once for all scenarios that start alike, and are cloned', async () => {
    const result = await simulate({ scenarios: five, behaviour: { freezes: {} } });
    expect(result.summary.exitCode).toBe(0);
    expect([booted(result), cloned(result)]).toEqual([1, 5]);
    const cold = await simulate({ scenarios: five, behaviour: { freezes: {} }, request: { cold: true } });
    expect([booted(cold), cloned(cold)]).toEqual([5, 0]);
    expect(result.took).toBeLessThan(cold.took);
  });

  it('are not made for user-data that only one scenario has', async () => {
    const own = plain('own', {
      userData: { kind: 'ignition', config: { passwd: { users: [{ name: 'u' }] } } },
    });
    const result = await simulate({ scenarios: [own, plain('a')], behaviour: { freezes: {} } });
    expect([booted(result), cloned(result)]).toEqual([2, 0]);
  });

  it('differ by their place in the cluster, which decides their addresses', async () => {
    const pair = (name: string) => plain(name, { machines: [{ role: 'server' }, { role: 'client' }] });
    const result = await simulate({ scenarios: [pair('x'), pair('y')], behaviour: { freezes: {} } });
    expect([booted(result), cloned(result)]).toEqual([2, 4]);
    for (const { resume, cluster } of result.platform.specs) {
      const template = result.platform.specs.find(({ id }) => id === resume?.machine);
      if (template !== undefined) expect(template.cluster.index).toBe(cluster.index);
    }
  });

  it('differ by the threads that share a core', async () => {
    const siblings = (name: string) => plain(name, { needs: { vcpus: 2, threadsPerCore: 2 } });
    const cores = (name: string) => plain(name, { needs: { vcpus: 2 } });
    const result = await simulate({
      scenarios: [siblings('a'), siblings('b'), cores('c'), cores('d')],
      behaviour: { freezes: {} },
    });
    expect([booted(result), cloned(result)]).toEqual([2, 4]);
    for (const { resume, size } of result.platform.specs) {
      const template = result.platform.specs.find(({ id }) => id === resume?.machine);
      if (template !== undefined) expect(template.size).toEqual(size);
    }
    expect(result.platform.specs.filter(({ size }) => size.threadsPerCore === 2)).toHaveLength(3);
  });

  it('leave alone a scenario that is about its first boot', async () => {
    const result = await simulate({
      scenarios: [
        ...five,
        plain('verity', { needs: { coldBoot: true } }),
        plain('tpm', { needs: { tpm: true } }),
      ],
      behaviour: { freezes: {} },
    });
    expect(result.outcomes.verity).toBe('passed');
    expect([booted(result), cloned(result)]).toEqual([2, 5]);
  });

  it.each([
    ['frozen', { freeze: new ProvisioningError('freeze', 'no space') }],
    ['resumed', { resume: new ProvisioningError('resume', 'bad magic') }],
  ])('that cannot be %s fail no scenario', async (_, freezes) => {
    const result = await simulate({ scenarios: five, behaviour: { freezes }, request: { parallel: 1 } });
    expect(result.summary.exitCode).toBe(0);
    expect(result.platform.up.size).toBe(0);
    const notes = result.events.flatMap(event =>
      event.type === 'log' && event.level === 'info' ? [event.text] : [],
    );
    expect(notes.filter(note => /snapshot/.test(note))).toHaveLength(1);
  });

  describe('of earlier runs', () => {
    const again = (kept: Kept, names: readonly string[], dead?: ReadonlySet<MachineId>) =>
      simulate({
        scenarios: names.map(name => plain(name)),
        behaviour: { freezes: { kept, ...(dead === undefined ? {} : { dead }) } },
        request: { parallel: 1 },
      });
    const machinesOf = (kept: Kept): MachineId[] =>
      [...kept.values()].flatMap(found => (typeof found === 'object' ? [found.machine] : []));

    it('are cloned without a boot', async () => {
      const kept: Kept = new Map();
      await again(kept, ['a', 'b']);
      const later = await again(kept, ['c', 'd', 'e']);
      expect([booted(later), cloned(later)]).toEqual([0, 3]);
      expect(later.summary.exitCode).toBe(0);
    });

    it('are made for what two runs want once each', async () => {
      const kept: Kept = new Map();
      const counts = [];
      for (const name of ['a', 'b', 'c']) {
        const result = await again(kept, [name]);
        counts.push([booted(result), cloned(result)]);
      }
      expect(counts).toEqual([
        [1, 0],
        [1, 1],
        [0, 1],
      ]);
    });

    it('are made anew when their clones do not answer, and no scenario fails', async () => {
      const kept: Kept = new Map();
      await again(kept, ['a', 'b']);
      const dead = machinesOf(kept);
      const result = await again(kept, ['c', 'd', 'e'], new Set(dead));
      expect(result.summary.exitCode).toBe(0);
      expect(result.platform.up.size).toBe(0);
      // One clone of the old template, one new template, three clones of that.
      expect([booted(result), cloned(result)]).toEqual([1, 4]);
      expect(machinesOf(kept)).toHaveLength(1);
      expect(machinesOf(kept)).not.toEqual(dead);
    });

    it('are left alone by --cold', async () => {
      const kept: Kept = new Map();
      await again(kept, ['a', 'b']);
      const result = await simulate({
        scenarios: five,
        behaviour: { freezes: { kept } },
        request: { cold: true },
      });
      expect([booted(result), cloned(result)]).toEqual([5, 0]);
    });

    it('differ by the keys of people that are let in', async () => {
      const kept: Kept = new Map();
      await again(kept, ['a', 'b']);
      const result = await simulate({
        scenarios: [plain('c')],
        behaviour: { freezes: { kept } },
        request: { extraKeys: ['ssh-ed25519 somebody'] },
      });
      expect([booted(result), cloned(result)]).toEqual([1, 0]);
    });
  });

  it('do not hide a machine that cannot boot', async () => {
    const result = await simulate({
      scenarios: five.slice(0, 2),
      behaviour: { freezes: {}, boot: 3_600_000 },
      request: { parallel: 1 },
    });
    expect(result.outcomes).toEqual({ a: 'timedout', b: 'timedout' });
  });
});
