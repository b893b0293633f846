import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minutes } from '../../src/core/clock.ts';
import { type Scenario, type ScenarioSpec, scenario } from '../../src/core/scenario.ts';
import { differences, type Mode, type ModeOutcomes, modes } from '../support/modes.ts';
import type { SimulatedMachine } from '../support/simulated-platform.ts';
import { type SimulatedResult, simulate } from '../support/simulated-run.ts';

/** Few among the fast tests; `npm run compare:modes` draws many more. */
const drawnCases = Number(process.env.KOLA_DRAWN_CASES ?? 10);

/** Commands that change the machine: `add X`, `remove X`; `has X` and `lacks X` ask. */
const stateful = async (command: string, { state }: SimulatedMachine) => {
  const [verb, word = ''] = command.split(' ');
  if (verb === 'add') state.add(word);
  if (verb === 'remove') state.delete(word);
  const wrong = (verb === 'has' && !state.has(word)) || (verb === 'lacks' && state.has(word));
  return { code: wrong ? 1 : 0 };
};

type Body = NonNullable<ScenarioSpec['run']>;
const asks =
  (verb: 'has' | 'lacks'): Body =>
  async t => {
    t.equal('first-look', (await t.machine.try(`${verb} dirt`)).code, 0);
    await t.eventually('later', async () => true, { every: 50 });
    t.equal('second-look', (await t.machine.try(`${verb} dirt`)).code, 0);
  };

/** What scenarios do, honest and not. */
const bodies = {
  passes: async t => t.ok('fine', true, ''),
  fails: async t => t.equal('one-is-two', 1, 2),
  throws: async () => {
    throw new TypeError('a mistake in the scenario');
  },
  skips: async t => t.skip('not here'),
  blocks: async t => t.block('not today'),
  checksNothing: async () => {},
  hangs: () => new Promise(() => {}),
  'needs a clean machine': asks('lacks'),
  'needs a dirty machine': asks('has'),
  'leaves dirt': async t => {
    await t.machine.try('add dirt');
    t.ok('fine', true, '');
  },
  'leaves dirt and fails': async t => {
    await t.machine.try('add dirt');
    t.fail('on purpose');
  },
  'puts back': async t => {
    await t.machine.try('add own');
    await t.eventually('a while', async () => true, { every: 10 });
    await t.machine.try('remove own');
    t.ok('fine', true, '');
  },
  reboots: async t => {
    await t.machine.reboot();
    t.ok('fine', true, '');
  },
} as const satisfies Record<string, Body>;
type Kind = keyof typeof bodies;
const kinds = Object.keys(bodies) as Kind[];
/** Kinds whose declaration is a lie: what they do to others, or to themselves, is interference. */
const lies: readonly Kind[] = ['leaves dirt', 'leaves dirt and fails', 'reboots'];

const drawn = fc.record({
  kinds: fc.array(fc.record({ kind: fc.constantFrom(...kinds), shares: fc.boolean() }), {
    minLength: 1,
    maxLength: 10,
  }),
  parallel: fc.integer({ min: 1, max: 4 }),
  seed: fc.nat(1000),
  freezes: fc.boolean(),
});
type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

const scenariosOf = (cases: Drawn['kinds']): readonly Scenario[] =>
  cases.map(({ kind, shares }, index) =>
    scenario({
      name: `s${index}.${kind.replaceAll(' ', '-')}`,
      description: kind,
      timeout: minutes(1),
      ...(shares ? { share: kind === 'puts back' ? { changes: ['accounts'] } : 'reads' } : {}),
      run: bodies[kind],
    }),
  );

const inMode = (mode: Mode, { kinds: cases, parallel, seed, freezes }: Drawn): Promise<SimulatedResult> =>
  simulate({
    scenarios: scenariosOf(cases),
    behaviour: { command: stateful, ...(freezes ? { freezes: {} } : {}) },
    request: { parallel, seed, cold: mode === 'cold', share: mode === 'shared' },
  });

const outcomesOf = ({ events }: SimulatedResult): ModeOutcomes =>
  new Map(
    events.flatMap(event =>
      event.type === 'result.decided'
        ? [[event.subject.scenario, { outcome: event.outcome, code: event.failure?.code }] as const]
        : [],
    ),
  );

const play = async (input: Drawn) => {
  const results = new Map<Mode, SimulatedResult>();
  for (const { name } of modes) results.set(name, await inMode(name, input));
  return results;
};

const compared = (results: ReadonlyMap<Mode, SimulatedResult>): readonly string[] =>
  differences(new Map(Array.from(results, ([mode, result]) => [mode, outcomesOf(result)])));

describe('cold, cloned and shared machines', { timeout: 15_000 + 500 * drawnCases }, () => {
  it('give the same outcomes, where nobody lies about what they do to a machine', async () => {
    const honest = drawn.filter(({ kinds: cases }) => cases.every(({ kind }) => !lies.includes(kind)));
    await fc.assert(
      fc.asyncProperty(honest, async input => {
        const results = await play(input);
        expect(compared(results)).toEqual([]);
        for (const { platform, events } of results.values()) {
          expect(platform.up.size).toBe(0);
          expect(platform.most).toBeLessThanOrEqual(input.parallel);
          expect(events.filter(({ type }) => type === 'shared.retired')).toEqual([]);
        }
      }),
      { numRuns: drawnCases },
    );
  });

  it('differ by nothing but a pass that reads flaky for interference, where somebody does', async () => {
    await fc.assert(
      fc.asyncProperty(drawn, async input => {
        const results = await play(input);
        for (const line of compared(results))
          expect(line).toMatch(/: cold passed, shared flaky \(interference\)$/);
        for (const { platform, events } of results.values()) {
          expect(platform.up.size).toBe(0);
          for (const event of events)
            if (event.type === 'shared.retired') expect(event.scenarios.join()).toContain('leaves-dirt');
        }
      }),
      { numRuns: 2 * drawnCases },
    );
  });

  it('find every scenario that leaves dirt on a machine that it shares', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.nat(1000), async (others, seed) => {
        const cases = [
          { kind: 'leaves dirt', shares: true },
          ...Array.from({ length: others }, () => ({ kind: 'passes', shares: true }) as const),
        ] as const;
        const shared = await inMode('shared', { kinds: [...cases], parallel: 1, seed, freezes: false });
        const named = shared.events.flatMap(event =>
          event.type === 'shared.retired' ? event.scenarios : [],
        );
        expect(named).toContain('s0.leaves-dirt');
      }),
      { numRuns: Math.ceil(drawnCases / 2) },
    );
  });
});
