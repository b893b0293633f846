import { createHash } from 'node:crypto';
import type { CauseKind, Outcome } from '../../core/outcome.ts';
import { failureSignature } from '../../core/signature.ts';
import type { Arch, ImageKind } from '../../core/target.ts';
import type { Database } from '../schema.ts';
import type { FoldedRun, ImportMarks } from './folded.ts';
import { countOutcomes, planRow } from './target-rows.ts';

/** What a foreign report does not say and its importer has to be told. */
export interface ForeignContext extends ImportMarks {
  readonly platform: string;
  readonly arch: Arch;
  readonly channel: string;
  readonly version: string;
  /** Of the image that was tested. Without one the results are history only: no gate can count them. */
  readonly digest?: string;
  /** Default `flatcar`: Go kola tests nothing else. */
  readonly kind?: ImageKind;
  /** When it ran, milliseconds since the epoch. */
  readonly at: number;
}

/** One test of a foreign report. */
export interface ForeignCase {
  readonly name: string;
  /** Extra machine type, or empty. */
  readonly variant: string;
  /** undefined = the report says it was there but not how it ended. */
  readonly outcome: Outcome | undefined;
  readonly attempts: number;
  /** Milliseconds. */
  readonly took: number;
  readonly cause?: CauseKind;
  readonly message?: string;
  /** The log around the failure. */
  readonly output?: string;
  readonly subtests: readonly ForeignSubtest[];
}

export interface ForeignSubtest {
  readonly name: string;
  readonly outcome: Outcome;
  readonly took: number;
  readonly message?: string;
}

export interface ForeignReport {
  readonly format: 'go-kola' | 'tap' | 'junit';
  readonly cases: readonly ForeignCase[];
  /** The report is whole. */
  readonly complete: boolean;
  readonly warnings: readonly string[];
}

/** Rows of a foreign report. Its run id comes from its content and context, so the same import meets itself. */
export const foldForeign = (
  report: ForeignReport,
  bytes: Uint8Array,
  source: string,
  context: ForeignContext,
): FoldedRun => {
  const hash = createHash('sha256').update(bytes).digest('hex');
  const identity = [
    hash,
    context.platform,
    context.arch,
    context.channel,
    context.version,
    context.digest ?? '',
  ];
  const run = `${report.format}-${createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, 12)}`;
  const variants = [...new Set(report.cases.map(one => one.variant))].sort();
  const parts = variants.map((variant, ordinal) => foldVariant(run, ordinal, variant, report, context));
  return {
    run: {
      run,
      format: report.format,
      provenance: 'imported',
      synthetic: context.synthetic === true ? 1 : 0,
      policy: context.policy ?? null,
      embargoed: context.embargoed === true ? 1 : 0,
      started_at: context.at,
      last_event_at: context.at,
      ended: report.complete ? 1 : 0,
      exit_code: null,
      verdict: null,
      last_seq: 0,
      source,
    },
    contentHash: () => hash,
    targets: parts.map(part => part.target),
    plans: parts.map(part => part.plan),
    results: parts.flatMap(part => part.results),
    attempts: parts.flatMap(part => part.attempts),
    subtests: parts.flatMap(part => part.subtests),
    machines: [],
    warnings: report.warnings,
  };
};

interface VariantRows {
  readonly target: Database['targets'];
  readonly plan: Database['plans'];
  readonly results: readonly Database['results'][];
  readonly attempts: readonly Database['attempts'][];
  readonly subtests: readonly Database['subtests'][];
}

const foldVariant = (
  run: string,
  ordinal: number,
  variant: string,
  report: ForeignReport,
  context: ForeignContext,
): VariantRows => {
  const cases = report.cases.filter(one => one.variant === variant);
  const decided = cases.filter(one => one.outcome !== undefined);
  const plan = planRow(
    cases.map(one => one.name),
    [],
  );
  const results = decided.map(one => resultRow(run, ordinal, one, context.at));
  return {
    target: {
      run,
      target: ordinal,
      platform: context.platform,
      arch: context.arch,
      variant,
      channel: context.channel,
      version: context.version,
      digest: context.digest ?? 'unknown',
      kind: context.kind ?? 'flatcar',
      image: `imported from a ${report.format} report`,
      notice: context.synthetic === true ? 'synthetic: made up for an example' : null,
      plan: plan.hash,
      started_at: context.at,
      planned: cases.length,
      machine_time: 0,
      ...countOutcomes(results),
    },
    plan,
    results,
    attempts: cases.map(one => attemptRow(run, ordinal, one, context.at)),
    subtests: cases.flatMap(one =>
      one.subtests.map(subtest => ({
        run,
        attempt: attemptId(one),
        subtest: subtest.name,
        outcome: subtest.outcome,
        took: Math.round(subtest.took),
        message: subtest.message ?? null,
        signature: subtest.message === undefined ? null : failureSignature('imported', subtest.message),
      })),
    ),
  };
};

const attemptId = (one: ForeignCase): string => `${one.name}${one.variant === '' ? '' : `@${one.variant}`}`;

const failureColumns = (one: ForeignCase): Pick<Database['results'], 'cause' | 'signature' | 'message'> => {
  const bad = one.outcome === 'failed' || one.outcome === 'timedout' || one.outcome === 'flaky';
  const message = one.message ?? (bad ? 'the report gives no reason' : null);
  return {
    cause: bad ? (one.cause ?? 'product') : null,
    signature: bad && message !== null ? failureSignature('imported', message) : null,
    message,
  };
};

const resultRow = (run: string, target: number, one: ForeignCase, at: number): Database['results'] => ({
  run,
  target,
  scenario: one.name,
  copy: 1,
  outcome: one.outcome ?? 'notrun',
  code: null,
  rule: null,
  ...failureColumns(one),
  attempts: one.attempts,
  decided_at: at,
  took: Math.round(one.took),
  boot: null,
});

/** Lines of the log that are kept: the end is where the reason is. */
const keptLines = 60;

const attemptRow = (run: string, target: number, one: ForeignCase, at: number): Database['attempts'] => ({
  run,
  attempt: attemptId(one),
  target,
  scenario: one.name,
  copy: 1,
  number: one.attempts,
  outcome: one.outcome ?? null,
  rule: null,
  ...failureColumns(one),
  started_at: at,
  ended_at: at + Math.round(one.took),
  provision: 0,
  boot: 0,
  body: Math.round(one.took),
  teardown: 0,
  evidence:
    one.output === undefined || one.output.trim() === ''
      ? null
      : JSON.stringify([{ source: 'file', text: one.output.split('\n').slice(-keptLines).join('\n') }]),
});
