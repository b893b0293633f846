import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldRun } from '../../../reports/fold-run.ts';
import { countOutcomes, isUnmet } from '../../../reports/run-model.ts';
import { runEventSchema } from '../../../src/core/event.ts';
import { EventLog, failureOf } from '../../support/events.ts';
import {
  copiesRun,
  hostileRun,
  interruptedRun,
  mixedRun,
  passedRun,
  twoTargetRun,
} from '../../support/runs.ts';

const fixtures = { passedRun, mixedRun, interruptedRun, twoTargetRun, copiesRun, hostileRun };

describe('the fixtures', () => {
  it.each(Object.entries(fixtures))('%s has valid events', (_name, make) => {
    for (const event of make()) expect(runEventSchema.safeParse(event).error).toBeUndefined();
  });
});

describe('foldRun', () => {
  it('reads a whole run', () => {
    const model = foldRun(mixedRun());
    expect(model.ended).toBe(true);
    expect(model.exitCode).toBe(1);
    expect(model.counts).toEqual({
      passed: 1,
      failed: 2,
      flaky: 1,
      timedout: 1,
      skipped: 1,
      interrupted: 0,
      blocked: 1,
      notrun: 1,
    });
    expect(model.results.map(result => result.subject.scenario).slice(0, 3)).toEqual([
      'cl.basic',
      'cl.filesystem',
      'cl.disk.raid1.data',
    ]);
    expect(model.notices).toHaveLength(1);
    expect(model.leaked).toEqual(['process qemu-4711']);
    expect(model.unselected.map(one => one.reason.code)).toEqual(['capability', 'capability', 'denylist']);
  });

  it('keeps attempts, machines, checks, sub-tests and rule hits apart', () => {
    const model = foldRun(mixedRun());
    const raid = model.results[2];
    expect(raid?.attempts.map(attempt => [attempt.number, attempt.retryOf])).toEqual([
      [1, undefined],
      [2, 'a3'],
    ]);
    expect(raid?.attempts[0]?.ruleHits[0]?.rule).toBe('kernel-panic');
    const machine = raid?.attempts[0]?.machines[0];
    expect(machine?.detail).toMatchObject({
      folder: 'qemu/amd64/cl.disk.raid1.data/1/a3m1',
      platformId: 'pid-1000',
      userDataForm: 'ignition 3.3.0',
    });
    expect(machine?.spans.map(span => [span.phase, (span.to ?? 0) - span.from])).toEqual([
      ['provisioning', 1000],
      ['booting', 19_990],
      ['connected', 10],
      ['ready', 5000],
      ['destroying', 1000],
      ['destroyed', 0],
    ]);
    const filesystem = model.results[1]?.attempts[0];
    expect([filesystem?.held, filesystem?.broken]).toEqual([1, 1]);
    expect(filesystem?.subtests.map(subtest => subtest.outcome)).toEqual(['failed', 'skipped']);
  });

  it('concludes what a killed run does not say', () => {
    const model = foldRun(interruptedRun());
    expect(model.ended).toBe(false);
    expect(model.verdict).toBe('INTERRUPTED: the run has no end; 1 of 3 scenarios have a result');
    expect(model.results.map(result => [result.outcome, result.decided])).toEqual([
      ['passed', true],
      ['interrupted', false],
      ['notrun', false],
    ]);
    expect(model.results[1]?.attempts[0]).toMatchObject({ unfinished: true, outcome: 'interrupted' });
    expect(model.results[1]?.reason).toBe('the run ended while it was running');
  });

  it('does not take a finished attempt for a result', () => {
    const events = passedRun();
    const cut = events.findIndex(event => event.type === 'attempt.ended');
    const [first] = foldRun(events.slice(0, cut + 1)).results;
    expect(first).toMatchObject({
      outcome: 'interrupted',
      reason: 'the run ended before a result was decided',
    });
  });

  it('forgets the first end of a run that was resumed', () => {
    const events = passedRun();
    const resumed = [...events, { ...events[0]!, seq: events.length + 1 }];
    expect(foldRun(resumed).ended).toBe(false);
    expect(foldRun([...resumed, { ...events.at(-1)!, seq: events.length + 2 }]).ended).toBe(true);
  });

  it('marks a machine that went away by itself', () => {
    const events = new EventLog([
      { name: 'a', attempts: [{ outcome: 'failed', failure: failureOf('provisioning', 'gone') }] },
    ]).write();
    const lost = events.map(event =>
      event.type === 'machine.phase' && event.phase === 'destroying'
        ? { ...event, phase: 'lost' as const }
        : event,
    );
    expect(foldRun(events).results[0]?.attempts[0]?.machines[0]?.lost).toBe(false);
    expect(foldRun(lost).results[0]?.attempts[0]?.machines[0]?.lost).toBe(true);
  });

  it('counts every selected scenario once, wherever the log stops', () => {
    const events = mixedRun();
    fc.assert(
      fc.property(fc.nat(events.length), length => {
        const model = foldRun(events.slice(0, length));
        const planned = length >= 2 ? 8 : 0;
        expect(model.results).toHaveLength(planned);
        expect(model.counts).toEqual(countOutcomes(model.results));
        for (const result of model.results) if (!result.decided) expect(isUnmet(result.outcome)).toBe(true);
        expect(model.targets.flatMap(target => target.results)).toHaveLength(planned);
      }),
    );
  });
});
