import type { EventOf, RunEvent } from '../../../src/core/event.ts';
import { type Ended, kola } from '../../cli/kola.ts';
import type { Tap } from '../../support/clouds/faults.ts';
import { eventsOf, makePlace, type Place } from '../runs.ts';

/** What a run on a simulated cloud left. */
export interface CloudRun extends Disposable {
  readonly ended: Ended;
  readonly events: readonly RunEvent[];
  readonly place: Place;
  resultOf(scenario: string): EventOf<'result.decided'>;
}

/** `kola run` with real machines in a simulated cloud. */
export const runOn = async (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<CloudRun> => {
  const place = makePlace();
  const ended = await kola(
    ['run', '--image=reference', `--output-dir=${place.runDir}`, '--retries=0', '-j', '2', ...args],
    { env: { ...place.env, ...env, ...more } },
  );
  const events = eventsOf(place.runDir);
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
    [Symbol.dispose]: () => place[Symbol.dispose](),
  };
};

/** The calls that were made, each once with how often, for the record. */
export const callTable = (tap: Tap): string => {
  const counts = Map.groupBy(tap.calls, ({ action }) => action);
  return [...counts].map(([action, calls]) => `${String(calls.length).padStart(6)}  ${action}`).join('\n');
};

/** Puts on record how a run ended, which calls it made, and what is left in the cloud. */
export const record = (cloud: string, run: CloudRun, tap: Tap, left: readonly string[]): void => {
  const { calls } = tap;
  const lines = [
    `=== ${cloud}: kola ended with ${run.ended.code}`,
    run.ended.stdout.trimEnd(),
    `=== ${cloud}: ${calls.length} API calls`,
    callTable(tap),
    `=== ${cloud}: left in the simulator: ${left.length === 0 ? 'nothing' : left.join(', ')}`,
    '',
  ];
  process.stdout.write(lines.join('\n'));
};
