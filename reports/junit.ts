import library, { type Builder, type TestCase, type TestSuite } from 'junit-report-builder';
import type { Failure } from '../src/core/failure.ts';
import { isInfrastructure } from '../src/core/outcome.ts';
import { evidenceTitle, whereToLook } from './evidence.ts';
import { fileReport } from './file-report.ts';
import { excerpt, oneLine } from './printable.ts';
import type { AttemptModel, ResultModel, RunModel, TargetModel } from './run-model.ts';
import { causeOf, isUnmet, scenarioName } from './run-model.ts';
import { countsLine, outcomeLabel } from './verdict.ts';

type XmlElement = ReturnType<TestCase['build']>;

/** The package exports the builder itself where its types promise a default export. */
const junit: Builder = 'newBuilder' in library ? (library as unknown as Builder) : library.default;

/** Lines and characters of system-out per test case: readers such as Jenkins load the whole file. */
const outputLines = 200;
const outputLimit = 16_000;
const detailLimit = 8_000;

/**
 * JUnit XML: a suite per platform, architecture and channel. A failure of the product or the scenario is
 * `failure`; what could not be tested (infrastructure, blocked, not run, interrupted) is `error`.
 */
export const renderJunit = (model: RunModel): string => {
  const builder = junit.newBuilder().name('kola');
  for (const target of model.targets) addSuite(builder.testSuite(), target, model);
  return builder.build().replaceAll(cdataEnd.marker, cdataEnd.split).concat('\n');
};

/** The library splits only the first `]]>` of a CDATA section, so they pass through it as a marker. */
const cdataEnd = { plain: ']]>', marker: '\ufdd0', split: ']]]]><![CDATA[>' };
const cdata = (text: string): string =>
  text.replaceAll(cdataEnd.marker, '').replaceAll(cdataEnd.plain, cdataEnd.marker);

/** In attributes the marker must not appear by itself. */
const attribute = (text: string): string => oneLine(text, 1000).replaceAll(cdataEnd.marker, '');

const addSuite = (suite: TestSuite, { key, target, counts, results }: TargetModel, model: RunModel): void => {
  const took = results.reduce((sum, result) => sum + result.took, 0);
  suite.name(key).time(inSeconds(took));
  if (model.startedAt !== undefined) suite.timestamp(new Date(model.startedAt).toISOString());
  const properties: Readonly<Record<string, string | undefined>> = {
    platform: target.platform,
    arch: target.arch,
    channel: target.channel,
    image: target.image.name,
    'image.version': target.image.version,
    'image.digest': target.image.digest,
    'image.kind': target.image.kind,
    notice: target.image.notice,
    run: model.run,
    kola: model.kola,
    seed: model.seed === undefined ? undefined : String(model.seed),
    verdict: model.verdict,
    counts: countsLine(counts),
  };
  for (const [name, value] of Object.entries(properties))
    if (value !== undefined) suite.property(name, attribute(value));
  for (const result of results) addCase(suite.testCase(), result);
};

const inSeconds = (ms: number): number => Math.round(ms) / 1000;

const addCase = (testCase: TestCase, result: ResultModel): void => {
  const { outcome } = result;
  testCase
    .className(attribute(result.target))
    .name(attribute(scenarioName(result.subject)))
    .time(inSeconds(result.took));
  if (outcome === 'skipped') testCase.skipped();
  else if (isUnmet(outcome)) addFailure(testCase, result);
  const output = outputOf(result);
  if (output !== '') testCase.standardOutput(cdata(output));
  if (result.attempts.length > 1 || outcome === 'skipped') extend(testCase, result);
};

const addFailure = (testCase: TestCase, result: ResultModel): void => {
  const { outcome, failure, reason } = result;
  const message = attribute(causeOf(result) || outcomeLabel[outcome]);
  const type = failure === undefined ? outcome : `${failure.kind}/${failure.code}`;
  const detail = cdata(failure === undefined ? (reason ?? message) : failureText(failure));
  const isFailure =
    (outcome === 'failed' || outcome === 'timedout') &&
    (failure === undefined || !isInfrastructure(failure.kind));
  if (isFailure) testCase.failure(message, attribute(type)).stacktrace(detail);
  else testCase.error(message, attribute(type), detail);
};

const failureText = (failure: Failure): string =>
  excerpt(
    [
      failure.message,
      ...(failure.hint === undefined ? [] : [`hint: ${failure.hint}`]),
      ...failure.evidence.map(evidence => `\n${evidenceTitle(evidence)}:\n${evidence.text}`),
    ].join('\n'),
    outputLines,
    detailLimit,
  );

/** What the checks and rules said, and where the whole of it lies. */
const outputOf = (result: ResultModel): string => {
  const where = result.outcome === 'passed' ? undefined : whereToLook(result);
  const last = result.attempts.at(-1);
  const lines = [
    ...(last?.checks ?? [])
      .filter(check => !check.held)
      .map(check => `check ${check.check} broken: ${check.message ?? 'no message'}`),
    ...(last?.subtests ?? []).map(
      ({ name, outcome, ...rest }) =>
        `sub-test ${name}: ${outcomeLabel[outcome]}${causeOf(rest) === '' ? '' : `: ${causeOf(rest)}`}`,
    ),
    ...(last?.ruleHits ?? []).map(
      hit => `${hit.source} line ${hit.line}, rule ${hit.rule}: ${oneLine(hit.text)}`,
    ),
    ...(where === undefined ? [] : [`see ${where}`]),
  ];
  return lines.length === 0 ? '' : excerpt(lines.join('\n'), outputLines, outputLimit);
};

/** The elements that the library has no word for, added to the element that it builds. */
const extend = (testCase: TestCase, result: ResultModel): void => {
  const build = testCase.build.bind(testCase);
  testCase.build = parent => {
    const element = build(parent);
    if (result.outcome === 'skipped') explainSkip(element, result);
    else for (const attempt of earlierFailures(result)) addRerun(element, result, attempt);
    return element;
  };
};

const explainSkip = (element: XmlElement, result: ResultModel): void => {
  const skipped = element.children.find(child => 'name' in child && child.name === 'skipped');
  if (skipped !== undefined && result.reason !== undefined) skipped.att('message', attribute(result.reason));
};

/** All attempts that did not pass; of a failed result without the last, which is the failure itself. */
const earlierFailures = ({ attempts, outcome }: ResultModel): AttemptModel[] =>
  (outcome === 'flaky' ? attempts : attempts.slice(0, -1)).filter(attempt => isUnmet(attempt.outcome));

const addRerun = (element: XmlElement, result: ResultModel, attempt: AttemptModel): void => {
  const { failure } = attempt;
  const infrastructure = failure === undefined || isInfrastructure(failure.kind);
  const tag = `${result.outcome === 'flaky' ? 'flaky' : 'rerun'}${infrastructure ? 'Error' : 'Failure'}`;
  const message = attribute(
    `attempt ${attempt.number}: ${causeOf(attempt) || outcomeLabel[attempt.outcome]}`,
  );
  const type = failure === undefined ? attempt.outcome : `${failure.kind}/${failure.code}`;
  const child = element.ele(tag, { message, type: attribute(type) });
  if (failure !== undefined) child.ele('stackTrace').cdata(cdata(failureText(failure)));
};

export const junitXml = fileReport(
  { name: 'junit', file: 'junit.xml', summary: 'JUnit XML, a suite per platform, architecture and channel' },
  renderJunit,
);
