import { describe, expect, it } from 'vitest';
import { foldRun } from '../../reports/fold-run.ts';
import { renderJson } from '../../reports/json.ts';
import { renderMarkdown } from '../../reports/markdown.ts';
import { reportSchema } from '../../reports/report-schema.ts';
import type { KnownIssue } from '../../src/core/known-issue.ts';
import { scenario } from '../../src/core/scenario.ts';
import { type SimulatedResult, simulate } from '../support/simulated-run.ts';

const failing = (name: string, check = 'broken') =>
  scenario({ name, description: name, run: async t => t.ok(check, false, 'it is down') });
const passing = (name: string) =>
  scenario({ name, description: name, run: async t => t.ok('works', true, 'never') });

const issue = (more: Partial<KnownIssue> = {}): KnownIssue =>
  ({
    id: 'down',
    effect: 'warn',
    scenarios: ['a*'],
    signature: 'check-failed: broken:*',
    tracker: 'https://example.org/1',
    reason: 'The service is down',
    expires: '2099-01-01',
    ...more,
  }) as KnownIssue;

const run = (
  scenarios: readonly ReturnType<typeof scenario>[],
  knownIssues: readonly KnownIssue[],
  more = {},
) =>
  simulate({
    scenarios,
    request: { knownIssues, selection: { patterns: [], tags: [], multiply: 1, knownIssues }, ...more },
  });

const uses = ({ events }: SimulatedResult) =>
  events.flatMap(event => (event.type === 'known-issues.judged' ? event.uses.map(({ use }) => use) : []));

describe('a known issue', () => {
  it('is said at the start, and its failure does not make the run fail', async () => {
    const result = await run([failing('a'), passing('b')], [issue()]);
    expect(result.summary).toMatchObject({
      exitCode: 0,
      verdict: 'PASS: 1 failed, 1 passed of 2; 1 by known issues',
    });
    expect(result.outcomes).toEqual({ a: 'failed', b: 'passed' });
    const types = result.events.map(({ type }) => type);
    expect(types.indexOf('known-issues.listed')).toBeGreaterThan(0);
    expect(types.indexOf('known-issues.listed')).toBeLessThan(types.indexOf('attempt.started'));
    expect(uses(result)).toEqual(['used']);
  });

  it('does not cover a failure with another signature', async () => {
    const result = await run([failing('a', 'other')], [issue()]);
    expect(result.summary.exitCode).toBe(1);
    expect(uses(result)).toEqual(['unused']);
  });

  it('does not stop a run that ends at the first failure', async () => {
    const result = await run([failing('a'), passing('b')], [issue()], { failFast: true, parallel: 1 });
    expect(result.outcomes).toEqual({ a: 'failed', b: 'passed' });
  });

  it('that no longer fails is removable; one that was not tested is not', async () => {
    const result = await run(
      [passing('a'), passing('b')],
      [issue(), issue({ id: 'away', scenarios: ['z'] })],
    );
    expect(uses(result)).toEqual(['removable', 'unused']);
    const mixed = await run([passing('a1'), failing('a2')], [issue()]);
    expect(uses(mixed)).toEqual(['used']);
  });

  it('that denies keeps the scenario from being selected, with the tracker', async () => {
    const { signature: _, ...plain } = issue() as Extract<KnownIssue, { effect: 'warn' }>;
    const result = await run([failing('a'), passing('b')], [{ ...plain, effect: 'deny' }]);
    expect(result.summary.exitCode).toBe(0);
    expect(result.outcomes).toEqual({ b: 'passed' });
    const plan = result.events.find(event => event.type === 'plan.decided');
    expect(plan?.unselected[0]?.reason).toEqual({
      code: 'denylist',
      text: 'known issue down until 2099-01-01: https://example.org/1',
    });
  });

  it('of another place is not mentioned', async () => {
    const result = await run([failing('a')], [issue({ platforms: ['aws'] })]);
    expect(result.summary.exitCode).toBe(1);
    expect(result.events.map(({ type }) => type)).not.toContain('known-issues.listed');
  });

  it('is in the reports', async () => {
    const result = await run(
      [failing('a'), passing('ab')],
      [issue(), issue({ id: 'gone', scenarios: ['ab'] })],
    );
    const model = foldRun(result.events);
    const text = renderMarkdown(model);
    expect(text).toContain('Expected: known issue down, https://example.org/1');
    expect(text).toMatch(/\| `gone` \| ab \| no longer fails: can be removed \|/);
    const report = reportSchema.parse(JSON.parse(renderJson(model)));
    expect(report.result).toBe('PASS');
    expect(report.results.map(({ known }) => known)).toEqual(['down', undefined]);
    expect(report.run.knownIssues?.map(({ use }) => use)).toEqual(['used', 'removable']);
  });
});
