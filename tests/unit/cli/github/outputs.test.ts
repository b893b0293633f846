import { describe, expect, it } from 'vitest';
import { RunFold } from '../../../../reports/fold-run.ts';
import { outputLines, stepOutputs } from '../../../../src/cli/github/outputs.ts';
import type { RunEvent } from '../../../../src/core/event.ts';
import { EventLog, failureOf } from '../../../support/events.ts';
import { interruptedRun, passedRun } from '../../../support/runs.ts';

const outputsOf = (events: readonly RunEvent[]) => {
  const fold = new RunFold();
  for (const event of events) fold.event(event);
  return stepOutputs(fold.model(), '/runs/one');
};

describe('outputs of a step', () => {
  it('of a run that passed', () => {
    const outputs = outputsOf(passedRun());
    expect(outputs).toMatchObject({ verdict: 'passed', passed: '2', failed: '0', infra: '0' });
    expect(outputLines(outputs)).toContain('\nreport-path=/runs/one\n');
  });

  it('of a run that was killed say so, whatever had passed', () => {
    expect(outputsOf(interruptedRun()).verdict).toBe('interrupted');
  });

  it('tell what infrastructure did from what the image did', () => {
    const failed = (name: string, cause: 'product' | 'capacity') => ({
      name,
      attempts: [{ outcome: 'failed' as const, failure: failureOf(cause, `${cause} it was`) }],
    });
    const events = new EventLog([failed('cl.basic', 'product'), failed('cl.verity', 'capacity')]).write({
      exitCode: 1,
      verdict: 'FAIL',
    });
    expect(outputsOf(events)).toMatchObject({ verdict: 'failed', failed: '1', infra: '1' });
  });

  it('cannot be made to set others', () => {
    const outputs = { ...outputsOf(passedRun()), 'report-path': '/runs/one\nverdict=passed' };
    expect(() => outputLines(outputs)).toThrow('several lines');
  });
});
