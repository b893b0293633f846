import { describe, expect, it } from 'vitest';
import { foldRun } from '../../../reports/fold-run.ts';
import { annotations, createGitHubReporter, isGitHubActions } from '../../../reports/github.ts';
import type { RunEvent } from '../../../src/core/event.ts';
import { EventLog, failureOf, flatcarTarget, type ScenarioFixture } from '../../support/events.ts';
import { hostileRun, mixedRun, passedRun, twoTargetRun } from '../../support/runs.ts';

const written = (events: readonly RunEvent[]): string[] => {
  let text = '';
  const reporter = createGitHubReporter({ write: more => (text += more) });
  for (const event of events) reporter.event?.(event);
  return text.split('\n').filter(line => line !== '');
};

/** What the runner would take for a command, in either of its forms. */
const commands = (lines: readonly string[]): string[] =>
  lines.flatMap(line => /^\s*::([a-z-]+)/.exec(line)?.[1] ?? (line.includes('##[') ? ['##'] : []));

describe('annotations', () => {
  it('has one per cause, infrastructure as warnings', () => {
    expect(annotations(foldRun(twoTargetRun()))).toEqual([
      '::error title=product%3A 2 results::expected /dev/mapper/usr to be read-only, found rw%0Aqemu/amd64/reference:cl.verity, aws/arm64/beta:cl.verity',
      expect.stringMatching(/^::notice title=Not a Flatcar release::This is the reference guest/),
    ]);
    const levels = annotations(foldRun(mixedRun())).map(line => /^::(\w+)/.exec(line)?.[1]);
    expect(levels).toEqual(['error', 'error', 'error', 'warning', 'warning', 'notice', 'notice']);
  });

  it('never has more than ten', () => {
    const scenarios = Array.from({ length: 40 }, (_, n): ScenarioFixture => {
      const failure = failureOf('product', `expected ${String.fromCharCode(65 + n)}`);
      return { name: `s${n}`, attempts: [{ outcome: 'failed', failure }] };
    });
    const flaky = { name: 'f', outcome: 'flaky' as const, attempts: [{ outcome: 'passed' as const }] };
    const lines = annotations(foldRun(new EventLog([...scenarios, flaky]).write()));
    expect(lines).toHaveLength(10);
    expect(lines.find(line => line.includes('more causes'))).toMatch(/^::error title=33 more causes::/);
  });

  it('has nothing to say on a Flatcar run that passed', () => {
    const scenarios = [{ name: 'cl.basic', attempts: [{ outcome: 'passed' as const }] }];
    expect(written(new EventLog(scenarios, { targets: [flatcarTarget] }).write())).toEqual([]);
    expect(written(passedRun())).toHaveLength(1);
  });
});

describe('createGitHubReporter', () => {
  it('folds a block per unmet or flaky result', () => {
    const lines = written(mixedRun());
    expect(lines.filter(line => line.startsWith('::group::'))).toHaveLength(6);
    expect(lines.filter(line => line === '::endgroup::')).toHaveLength(6);
    expect(lines).toContain('| again: kola run --platform=qemu --image=reference cl.disk.raid1.data');
    expect(lines).toContain('| log: qemu/amd64/cl.disk.raid1.data/1/a3m1/console.txt:214');
  });

  it('lets no log text become a command', () => {
    const lines = written(hostileRun());
    expect(commands(lines)).toEqual(['group', 'endgroup', 'group', 'endgroup', 'error', 'notice', 'notice']);
    expect(lines.filter(line => line.includes('##['))).toEqual([]);
    expect(lines.some(line => line.startsWith('| ::error title=fake'))).toBe(true);
  });

  it('waits for the end of the run', () => {
    expect(written(mixedRun().slice(0, -1))).toEqual([]);
  });
});

describe('isGitHubActions', () => {
  it('asks the environment', () => {
    expect(isGitHubActions({ GITHUB_ACTIONS: 'true' })).toBe(true);
    expect(isGitHubActions({})).toBe(false);
  });
});
