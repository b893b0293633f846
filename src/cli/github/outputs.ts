import type { RunModel } from '../../../reports/run-model.ts';
import { isInfrastructure } from '../../core/outcome.ts';

/** What a later step of a workflow may ask. Names as in `action.yml`; counts are decimal numbers. */
export interface StepOutputs {
  /** The run's verdict in a word: what its exit code says. */
  readonly verdict: string;
  readonly passed: string;
  readonly failed: string;
  readonly flaky: string;
  /** Results that infrastructure kept from being had. */
  readonly infra: string;
  readonly blocked: string;
  readonly 'run-id': string;
  readonly 'report-path': string;
}

const verdicts: Readonly<Record<number, string>> = {
  0: 'passed',
  1: 'failed',
  2: 'infrastructure',
  3: 'usage',
  4: 'nothing-selected',
  5: 'interrupted',
  6: 'flaky',
};

export const stepOutputs = (model: RunModel, runDir: string): StepOutputs => {
  const { counts, results } = model;
  const lost = results.filter(
    ({ outcome, failure }) =>
      (outcome === 'failed' || outcome === 'timedout' || outcome === 'blocked') &&
      failure !== undefined &&
      isInfrastructure(failure.kind),
  );
  const failed = results.filter(
    result => (result.outcome === 'failed' || result.outcome === 'timedout') && !lost.includes(result),
  );
  return {
    // A run that was killed has no exit code of its own.
    verdict: verdicts[model.exitCode ?? 5] ?? 'interrupted',
    passed: String(counts.passed),
    failed: String(failed.length),
    flaky: String(counts.flaky),
    infra: String(lost.length),
    blocked: String(counts.blocked),
    'run-id': model.run,
    'report-path': runDir,
  };
};

/** Lines of the file that `GITHUB_OUTPUT` names. Values of several lines are refused: none of ours has any. */
export const outputLines = (outputs: StepOutputs): string =>
  Object.entries(outputs)
    .map(([name, value]: [string, string]) => {
      if (/[\r\n]/.test(value)) throw new TypeError(`output ${name} has several lines`);
      return `${name}=${value}\n`;
    })
    .join('');
