import { UsageError } from '../../core/errors.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { ForeignCase, ForeignReport } from './foreign.ts';
import { causeOfText, decisiveLine, splitVariant } from './go-kola-names.ts';
import { readXml, type XmlElement } from './xml.ts';

/**
 * Reads JUnit XML of others: nested suites, `failure`, `error`, `skipped`, and the `flaky…`/`rerun…` elements that
 * some runners write for retries. A test case that comes twice was run twice.
 */
export const readJunit = (file: string, text: string): ForeignReport => {
  const root = readXml(file, text);
  if (root.name !== 'testsuites' && root.name !== 'testsuite') {
    throw new UsageError(
      'junit-foreign',
      `${file}: expected <testsuites> or <testsuite>, found <${root.name}>`,
    );
  }
  const found = [...testCases(root)];
  const unnamed = found.filter(one => nameOf(one) === '').length;
  const named = found.filter(one => nameOf(one) !== '');
  return {
    format: 'junit',
    cases: [...Map.groupBy(named, nameOf)].map(([name, rounds]) => caseOf(name, rounds)),
    complete: true,
    warnings: unnamed === 0 ? [] : [`${file}: ${unnamed} test case(s) without a name were left out`],
  };
};

function* testCases(element: XmlElement): Generator<XmlElement> {
  for (const child of element.children) {
    if (child.name === 'testcase') yield child;
    else yield* testCases(child);
  }
}

const nameOf = (testcase: XmlElement): string => testcase.attributes.get('name')?.trim() ?? '';

const has = (testcase: XmlElement, ...names: string[]): XmlElement | undefined =>
  testcase.children.find(child => names.includes(child.name));

const outcomeOf = (testcase: XmlElement): Outcome => {
  if (has(testcase, 'failure', 'error') !== undefined) return 'failed';
  if (has(testcase, 'flakyFailure', 'flakyError') !== undefined) return 'flaky';
  return has(testcase, 'skipped') === undefined ? 'passed' : 'skipped';
};

const caseOf = (fullName: string, rounds: readonly XmlElement[]): ForeignCase => {
  const reruns = rounds.flatMap(round =>
    round.children.filter(child => /^(flaky|rerun)(Failure|Error)$/.test(child.name)),
  );
  return {
    ...splitVariant(fullName),
    outcome: overall(rounds.map(outcomeOf)),
    attempts: rounds.length + reruns.length,
    took: rounds.reduce((sum, round) => sum + secondsOf(round) * 1000, 0),
    ...reason(rounds),
    subtests: [],
  };
};

const overall = (outcomes: readonly Outcome[]): Outcome => {
  const good = outcomes.includes('passed');
  if (outcomes.includes('flaky') || (good && outcomes.includes('failed'))) return 'flaky';
  if (good) return 'passed';
  return outcomes.includes('failed') ? 'failed' : 'skipped';
};

const secondsOf = (testcase: XmlElement): number => {
  // Some runners write thousands separators.
  const value = Number((testcase.attributes.get('time') ?? '0').replaceAll(',', ''));
  return Number.isFinite(value) && value > 0 ? value : 0;
};

const reason = (rounds: readonly XmlElement[]): Pick<ForeignCase, 'cause' | 'message' | 'output'> => {
  const bad = rounds
    .flatMap(round => round.children)
    .findLast(child => /^(failure|error|flakyFailure|flakyError)$/.test(child.name));
  if (bad === undefined) {
    const skipped = rounds.flatMap(round => round.children).find(child => child.name === 'skipped');
    const message = skipped?.attributes.get('message') ?? skipped?.text.trim();
    return message ? { message } : {};
  }
  const message = bad.attributes.get('message') || decisiveLine(bad.text) || 'the report gives no reason';
  return { cause: causeOfText(`${message}\n${bad.text}`), message, output: bad.text || message };
};
