import type { Outcome } from '../src/core/outcome.ts';
import { machineLogs } from './evidence.ts';
import { fileReport } from './file-report.ts';
import type { Report } from './report-schema.ts';
import type {
  AttemptModel,
  KnownIssueModel,
  MachineModel,
  ResultModel,
  RetirementModel,
  RunModel,
} from './run-model.ts';
import { isUnmet, scenarioName } from './run-model.ts';
import { failureGroups } from './verdict.ts';

type GoTest = Report['tests'][number];
type AttemptReport = Report['results'][number]['attempts'][number];

/** Kept in step by a test: the schema itself would make every import load the schema library. */
const schemaVersion = 1;

const iso = (at: number): string => new Date(at).toISOString();

/**
 * Fields that may be `undefined`: JSON leaves those out when it is written, which the types cannot know. Copying
 * without them would double the time of a large report.
 */
type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const present = <T extends object>(fields: T): Present<T> => fields as Present<T>;

/** The parts of a report that are not long lists. */
const summary = (model: RunModel): Omit<Report, LongList> => ({
  result: isGood(model) ? 'PASS' : 'FAIL',
  platform: distinct(model.targets.map(({ target }) => target.platform)),
  version: distinct(model.targets.map(({ target }) => target.image.version)),
  schemaVersion,
  run: {
    id: model.run,
    kola: model.kola,
    command: [...model.command],
    ...present({
      seed: model.seed,
      slots: model.slots,
      host: model.host,
      exitCode: model.exitCode,
      startedAt: model.startedAt === undefined ? undefined : iso(model.startedAt),
      lastAt: model.lastAt === undefined ? undefined : iso(model.lastAt),
    }),
    ended: model.ended,
    took: Math.max(0, model.took),
    verdict: model.verdict,
    counts: model.counts,
    leaked: [...model.leaked],
    notices: [...model.notices],
    warnings: [...model.warnings],
    ...present({
      usage: model.usage,
      retired: model.retired.length === 0 ? undefined : model.retired.map(retirementReport),
      knownIssues: model.knownIssues.length === 0 ? undefined : model.knownIssues.map(issueReport),
    }),
  },
  targets: model.targets.map(({ key, target, counts }) => ({ key, ...target, counts })),
  failures: failureGroups(model).map(({ signature, kind, cause, results }) => ({
    signature,
    kind,
    cause,
    results: results.map(result => result.key),
  })),
});

const issueReport = ({ use, ...issue }: KnownIssueModel) => ({ ...issue, ...present({ use }) });

const retirementReport = ({ machine, scenarios, changes }: RetirementModel) => ({
  machine,
  scenarios: [...scenarios],
  changes: [...changes],
});

type LongList = 'tests' | 'results' | 'unselected';

/**
 * The whole of `report.json`. Each entry of a long list is made, written on a line of its own and forgotten: a
 * large report neither costs its size again in memory nor grows by indentation.
 */
export const renderJson = (model: RunModel): string => {
  const several = model.targets.length > 1;
  const lists: Record<LongList, string[]> = {
    tests: model.results.flatMap(result => goTests(result, several).map(test => JSON.stringify(test))),
    results: model.results.map(result => JSON.stringify(resultReport(result))),
    unselected: model.unselected.map(one => JSON.stringify(one)),
  };
  const fields = [
    ...Object.entries(summary(model)).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`),
    ...Object.entries(lists).map(([key, lines]) => `"${key}": [\n${lines.join(',\n')}\n]`),
  ];
  return `{\n${fields.join(',\n')}\n}\n`;
};

const isGood = (model: RunModel): boolean =>
  model.ended && !model.results.some(result => isUnmet(result.outcome) && result.known === undefined);

const distinct = (words: readonly string[]): string => [...new Set(words)].join(',');

const goResult = (outcome: Outcome): GoTest['result'] =>
  outcome === 'skipped' ? 'SKIP' : isUnmet(outcome) ? 'FAIL' : 'PASS';

/** The entries that the Go kola has: scenarios and, as `scenario/sub-test`, the sub-tests of the last attempt. */
const goTests = (result: ResultModel, several: boolean): GoTest[] => {
  const name = several ? result.key : scenarioName(result.subject);
  const entry = (
    of: Pick<ResultModel, 'outcome' | 'took' | 'failure' | 'reason'>,
    subtest?: string,
  ): GoTest => ({
    name: subtest === undefined ? name : `${name}/${subtest}`,
    result: goResult(of.outcome),
    duration: Math.round(of.took * 1e6),
    output: of.failure?.message ?? of.reason ?? '',
  });
  const subtests = result.attempts.at(-1)?.subtests ?? [];
  return [...subtests.map(subtest => entry(subtest, subtest.name)), entry(result)];
};

const resultReport = (result: ResultModel): Report['results'][number] => ({
  key: result.key,
  target: result.target,
  scenario: result.subject.scenario,
  copy: result.subject.copy,
  tags: [...result.tags],
  ...(result.standIns.length === 0 ? {} : { standIns: [...result.standIns] }),
  outcome: result.outcome,
  ...present({ reason: result.reason, failure: result.failure, known: result.known }),
  decided: result.decided,
  took: result.took,
  attempts: result.attempts.map(attemptReport),
});

const attemptReport = (attempt: AttemptModel): AttemptReport => ({
  id: attempt.id,
  number: attempt.number,
  outcome: attempt.outcome,
  ...present({
    reason: attempt.reason,
    failure: attempt.failure,
    startedAt: attempt.startedAt === undefined ? undefined : iso(attempt.startedAt),
    endedAt: attempt.endedAt === undefined ? undefined : iso(attempt.endedAt),
  }),
  phases: attempt.phases,
  checks: attempt.checks.map(({ check, subtest, held, message, took }) => ({
    id: check,
    held,
    took,
    ...present({ subtest, message }),
  })),
  held: attempt.held,
  broken: attempt.broken,
  subtests: attempt.subtests.map(({ name, outcome, took, reason, failure }) => ({
    name,
    outcome,
    took,
    ...present({ reason, failure }),
  })),
  rules: attempt.ruleHits.map(({ machine, rule, source, line, text, excused }) => ({
    machine,
    rule,
    source,
    line,
    text,
    ...present({ excused }),
  })),
  machines: attempt.machines.map(machineReport),
  artifacts: attempt.machines.flatMap(machine => machineLogs(machine).map(log => log.path)),
});

const machineReport = (machine: MachineModel): AttemptReport['machines'][number] => {
  const { platformId, userDataForm, userDataDigest, bootId, folder } = machine.detail;
  const begin = machine.spans[0]?.from;
  return {
    id: machine.id,
    role: machine.role,
    lost: machine.lost,
    ...present({ platformId, userDataForm, userDataDigest, bootId, folder }),
    ...(begin === undefined ? {} : { startedAt: iso(begin) }),
    phases: machine.spans.map(({ phase, from, to }) =>
      to === undefined ? { phase } : { phase, took: Math.max(0, to - from) },
    ),
  };
};

export const json = fileReport(
  {
    name: 'json',
    file: 'report.json',
    summary: "JSON, a superset of the Go kola's, with a published schema",
  },
  renderJson,
);
