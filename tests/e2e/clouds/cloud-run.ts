import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventOf, RunEvent } from '../../../src/core/event.ts';
import { type Ended, kola } from '../../cli/kola.ts';
import type { Tap } from '../../support/clouds/faults.ts';
import { eventsOf, makePlace, type Place, runsIn } from '../runs.ts';

/** A cloud of this host. */
export interface Simulated {
  /** Flags with which a run finds it. */
  readonly flags: readonly string[];
  readonly tap: Tap;
  /** Everything that exists there, as `kind id`. */
  census(): readonly string[];
  close(): Promise<void>;
}

/** What is particular to a cloud. */
export interface CloudCase {
  readonly platform: string;
  start(): Promise<Simulated>;
  /** What the run needs in its environment. */
  readonly credentials: Readonly<Record<string, string>>;
  /** One on one machine and one on two; default `cl.basic` and `linux.nfs.v4`. */
  readonly scenarios?: readonly [string, string];
  /** What preflight says: whose account it is, what is created there, and what that costs. */
  readonly says: readonly RegExp[];
  /** What the console of the first scenario's machine holds; absent = the cloud shows none. */
  readonly console?: readonly string[];
  /** Calls without which no machine could have been there, as the simulator names them. */
  readonly calls: readonly string[];
  /** Milliseconds; default those of the project. */
  readonly limit?: number;
}

/** What a run on a simulated cloud left. */
export interface CloudRun extends Disposable {
  readonly ended: Ended;
  readonly events: readonly RunEvent[];
  readonly place: Place;
  resultOf(scenario: string): EventOf<'result.decided'>;
  /** A file that is kept of the first scenario's machine; undefined = there is none. */
  evidence(file: string): string | undefined;
}

const both = ['cl.basic', 'linux.nfs.v4'] as const;

/**
 * One run of the compiled program through the vendor's own client, with one scenario on one machine and one on two, on
 * machines that really boot. `more` are tests of what only this cloud has.
 */
export const describeRun = (cloud: CloudCase, more: (run: () => CloudRun) => void = () => {}): void => {
  const { platform, credentials, scenarios = both, says, console, calls, limit } = cloud;
  describe(`kola run --platform=${platform}`, () => {
    const made = new AsyncDisposableStack();
    let simulated: Simulated;
    let before: readonly string[];
    let run: CloudRun;

    beforeAll(async () => {
      simulated = await cloud.start();
      made.defer(() => simulated.close());
      before = simulated.census();
      run = made.use(await runOn(platform, scenarios, simulated.flags, credentials));
      record(platform, run, simulated.tap, without(simulated.census(), before));
    }, limit);
    afterAll(() => made.disposeAsync());

    it.each(scenarios)('passes %s on real machines', scenario => {
      const { failure, outcome } = run.resultOf(scenario);
      expect(failure, JSON.stringify(failure, undefined, 2)).toBeUndefined();
      expect(outcome).toBe('passed');
      expect(run.ended.code).toBe(0);
    });

    it('says first whose account it is, what it creates there and what that costs', () => {
      const said = run.events.flatMap(event => (event.type === 'log' ? [event.text] : [])).join('\n');
      for (const pattern of says) expect(said).toMatch(pattern);
    });

    if (console === undefined)
      it('keeps the journal where there is no console', () => {
        expect(run.evidence('console.txt')).toBeUndefined();
        expect(run.evidence('journal.txt')).toContain('systemd');
      });
    else
      it('keeps the console that came through the API', () => {
        const kept = run.evidence('console.txt');
        for (const text of console) expect(kept).toContain(text);
      });

    it('made the calls that it had to, and leaves nothing in the account', () => {
      const actions = new Set(simulated.tap.calls.map(({ action }) => action));
      for (const action of calls) expect(actions, callTable(simulated.tap)).toContain(action);
      expect(simulated.census()).toEqual(before);
      expect(runsIn(run.place.stateDir)).toEqual([]);
    });

    more(() => run);
  });
};

const without = (all: readonly string[], some: readonly string[]): readonly string[] =>
  all.filter(one => !some.includes(one));

/** `kola run` with real machines in a simulated cloud. */
const runOn = async (
  platform: string,
  scenarios: readonly [string, string],
  flags: readonly string[],
  credentials: Readonly<Record<string, string>>,
): Promise<CloudRun> => {
  const place = makePlace();
  const ended = await kola(
    [
      ...['run', `--platform=${platform}`, '--image=reference', `--output-dir=${place.runDir}`],
      ...['--retries=0', '-j', '2', ...flags, ...scenarios],
    ],
    { env: { ...place.env, ...credentials } },
  );
  const events = eventsOf(place.runDir);
  const machine = join(place.runDir, platform, 'amd64', scenarios[0], '1', 'machine');
  return {
    ended,
    events,
    place,
    resultOf: scenario => {
      const result = events.find(
        event => event.type === 'result.decided' && event.subject.scenario === scenario,
      );
      if (result?.type === 'result.decided') return result;
      throw new Error(`no result of ${scenario}; the run said:\n${ended.stdout}\n${ended.stderr}`);
    },
    evidence: file =>
      existsSync(join(machine, file)) ? readFileSync(join(machine, file), 'utf8') : undefined,
    [Symbol.dispose]: () => place[Symbol.dispose](),
  };
};

/** The calls that were made, each once with how often, for the record. */
const callTable = (tap: Tap): string => {
  const counts = Map.groupBy(tap.calls, ({ action }) => action);
  return [...counts].map(([action, calls]) => `${String(calls.length).padStart(6)}  ${action}`).join('\n');
};

/** Puts on record how a run ended, which calls it made, and what is left in the cloud. */
const record = (cloud: string, run: CloudRun, tap: Tap, left: readonly string[]): void => {
  const lines = [
    `=== ${cloud}: kola ended with ${run.ended.code}`,
    run.ended.stdout.trimEnd(),
    `=== ${cloud}: ${tap.calls.length} API calls`,
    callTable(tap),
    `=== ${cloud}: left in the simulator: ${left.length === 0 ? 'nothing' : left.join(', ')}`,
    '',
  ];
  process.stdout.write(lines.join('\n'));
};
