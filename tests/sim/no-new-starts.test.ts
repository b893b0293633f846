import { expect, test } from 'vitest';
import { InterruptedError } from '../../src/core/errors.ts';
import { scenario } from '../../src/core/scenario.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { SimulatedPlatform, simulatedImage } from '../support/simulated-platform.ts';
import { simulate } from '../support/simulated-run.ts';

const checked = (name: string) =>
  scenario({ name, description: name, run: async t => t.ok('works', true, 'never') });

test('once no new starts are wanted, nothing is opened and the reason is in every result', async () => {
  const { events, outcomes, platform, summary } = await simulate({
    scenarios: [checked('a'), checked('b')],
    request: { noNewStarts: AbortSignal.abort(new InterruptedError('the limit is reached')) },
  });
  expect(outcomes).toEqual({ a: 'notrun', b: 'notrun' });
  expect(events.flatMap(event => (event.type === 'result.decided' ? [event.reason] : []))).toEqual([
    'the limit is reached',
    'the limit is reached',
  ]);
  expect(platform.made).toBe(0);
  expect(platform.closed).toBe(0);
  expect(summary.exitCode).toBe(2);
});

test('what runs comes to its own end when no new starts are wanted', async () => {
  const stop = new AbortController();
  const one = scenario({
    name: 'a',
    description: 'a',
    run: async t => {
      stop.abort(new InterruptedError('enough'));
      await t.machine.run('true');
      t.ok('works', true, 'never');
    },
  });
  const { outcomes } = await simulate({
    scenarios: [one, checked('b')],
    request: { noNewStarts: stop.signal, parallel: 1 },
  });
  expect(Object.values(outcomes).sort()).toEqual(['notrun', 'passed']);
  expect(outcomes.a).toBe('passed');
});

test('results on a further machine type are told apart from those on the main one', async () => {
  const clock = new SimulatedClock();
  const platform = new SimulatedPlatform(clock);
  const place = {
    platform: platform.definition(),
    arch: 'amd64',
    image: simulatedImage,
    channel: 'stable',
    options: {},
  } as const;
  const { events } = await simulate({
    scenarios: [checked('a')],
    request: { clock, ports: platform.ports(), targets: [place, { ...place, variant: 'big' }] },
  });
  const results = events.flatMap(event => (event.type === 'result.decided' ? [event.subject.variant] : []));
  expect(results.sort()).toEqual(['big', undefined]);
  const folders = events.flatMap(event =>
    event.type === 'machine.phase' ? (event.detail?.folder ?? []) : [],
  );
  expect(folders.some(folder => folder.startsWith('simulated@big/amd64/a/'))).toBe(true);
  expect(folders.some(folder => folder.startsWith('simulated/amd64/a/'))).toBe(true);
});
