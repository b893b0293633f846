import { z } from 'zod';
import { UsageError } from '../../core/errors.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { ForeignCase, ForeignReport, ForeignSubtest } from './foreign.ts';
import { causeOfText, decisiveLine, splitVariant } from './go-kola-names.ts';

/** Go kola's `reports/report.json`. Unknown keys are let through: its writers add some. */
const reportSchema = z.looseObject({
  tests: z
    .array(
      z.looseObject({
        name: z.string().min(1),
        result: z.enum(['PASS', 'FAIL', 'SKIP']),
        /** Nanoseconds. */
        duration: z.number().nonnegative().default(0),
        output: z.string().default(''),
      }),
    )
    .nullable(),
  platform: z.string().optional(),
  version: z.string().optional(),
});

type Entry = NonNullable<z.infer<typeof reportSchema>['tests']>[number];

export interface GoKolaReport extends ForeignReport {
  readonly platform: string | undefined;
  readonly version: string | undefined;
}

const outcomeOf = { PASS: 'passed', FAIL: 'failed', SKIP: 'skipped' } as const satisfies Record<
  string,
  Outcome
>;

/** Sub-tests are entries named `parent/child`; several entries of one name are several rounds. */
export const readGoKolaReport = (file: string, text: string): GoKolaReport => {
  const parsed = reportSchema.safeParse(parseJson(file, text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UsageError(
      'report-foreign',
      `${file}: not a report.json of Go kola: ${issue?.path.map(String).join('.') || 'whole file'}: ${issue?.message ?? ''}`,
      { hint: 'expected {tests: [{name, result: PASS|FAIL|SKIP, duration, output}], platform, version}' },
    );
  }
  const { tests, platform, version } = parsed.data;
  const byName = Map.groupBy(tests ?? [], entry => topLevel(entry.name));
  const cases = [...byName].map(([name, entries]) => caseOf(name, entries));
  const orphans = cases.filter(one => one.outcome === undefined).map(one => one.name);
  const warnings = orphans.map(name => `${file}: sub-tests of ${name} are there, its own result is not`);
  return { format: 'go-kola', cases, complete: orphans.length === 0, warnings, platform, version };
};

const parseJson = (file: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError('report-corrupt', `${file}: not valid JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
};

const topLevel = (name: string): string => name.split('/', 1)[0] ?? name;

const caseOf = (fullName: string, entries: readonly Entry[]): ForeignCase => {
  const { name, variant } = splitVariant(fullName);
  const own = entries.filter(entry => entry.name === fullName);
  const failed = own.findLast(entry => entry.result === 'FAIL');
  return {
    name,
    variant,
    outcome: overall(own),
    attempts: Math.max(1, own.length),
    took: own.reduce((sum, entry) => sum + entry.duration / 1e6, 0),
    ...(failed === undefined ? skipReason(own) : failure(failed)),
    subtests: entries.filter(entry => entry.name !== fullName).map(entry => subtestOf(fullName, entry)),
  };
};

/** Passed in a later round is flaky, not passed: rounds are retries. */
const overall = (rounds: readonly Entry[]): Outcome | undefined => {
  const results = new Set(rounds.map(entry => entry.result));
  if (results.has('PASS')) return results.has('FAIL') ? 'flaky' : 'passed';
  if (results.has('FAIL')) return 'failed';
  return results.has('SKIP') ? 'skipped' : undefined;
};

const failure = (entry: Entry): Pick<ForeignCase, 'cause' | 'message' | 'output'> => ({
  cause: causeOfText(entry.output),
  message: decisiveLine(entry.output) ?? 'the report gives no reason',
  output: entry.output,
});

const skipReason = (rounds: readonly Entry[]): Pick<ForeignCase, 'message'> => {
  const reason = rounds
    .filter(entry => entry.result === 'SKIP')
    .map(entry => decisiveLine(entry.output))
    .find(line => line !== undefined);
  return reason === undefined ? {} : { message: reason };
};

const subtestOf = (parent: string, entry: Entry): ForeignSubtest => ({
  name: entry.name.slice(parent.length + 1),
  outcome: outcomeOf[entry.result],
  took: entry.duration / 1e6,
  ...(entry.result === 'FAIL' ? { message: decisiveLine(entry.output) ?? 'the report gives no reason' } : {}),
});
