import { evidenceTitle, whereToLook } from './evidence.ts';
import { fileReport } from './file-report.ts';
import { goQuote } from './go-quote.ts';
import { oneLine, printable } from './printable.ts';
import { causeOf, isUnmet, type ResultModel, type RunModel } from './run-model.ts';
import { countsLine, outcomeLabel } from './verdict.ts';

const evidenceLimit = 4000;

/**
 * The dialect of the Go kola: no test numbers, sub-tests are not lines of their own, one Go-quoted `Error:` per
 * failure. Unlike there, the plan always equals the number of lines: what could not be tested is `not ok`.
 */
export const renderTap = (model: RunModel): string => {
  const several = model.targets.length > 1;
  const lines = [
    ...model.notices.map(notice => `# ${oneLine(notice)}`),
    `# run ${model.run}${model.kola === '' ? '' : `, kola ${oneLine(model.kola)}`}`,
    ...model.targets.map(({ key, target: { image } }) =>
      oneLine(`# ${key}: ${image.name} ${image.version} ${image.digest}`),
    ),
    `1..${model.results.length}`,
    ...model.results.flatMap(result => resultLines(result, several)),
    `# ${countsLine(model.counts)}`,
    `# ${oneLine(model.verdict)}`,
  ];
  return `${lines.join('\n')}\n`;
};

const resultLines = (result: ResultModel, several: boolean): string[] => {
  const name = tapName(result, several);
  if (isUnmet(result.outcome))
    return [`not ok - ${name}`, '  ---', `  Error: ${goQuote(errorText(result))}`, '  ...'];
  const because = oneLine(causeOf(result));
  if (result.outcome === 'skipped')
    return [`ok - ${name} # SKIP`, ...(because === '' ? [] : [`# skipped ${name}: ${because}`])];
  if (result.outcome === 'flaky')
    return [`ok - ${name}`, `# flaky ${name}: passed at attempt ${result.attempts.length}; ${because}`];
  return [`ok - ${name}`];
};

/** A `#` starts a directive, so copies are written in words. */
const tapName = ({ subject, target }: ResultModel, several: boolean): string => {
  const copy = subject.copy > 1 ? ` (copy ${subject.copy})` : '';
  return `${several ? `${target}:` : ''}${oneLine(subject.scenario).replaceAll('#', '')}${copy}`;
};

const errorText = (result: ResultModel): string => {
  const { failure, reason, outcome } = result;
  const where = whereToLook(result);
  const parts = [
    `${outcomeLabel[outcome]}: ${failure?.message ?? reason ?? 'no reason given'}`,
    failure === undefined ? '' : `cause: ${failure.kind} (${failure.code})`,
    failure?.hint === undefined ? '' : `hint: ${failure.hint}`,
    ...(failure?.evidence ?? []).map(
      evidence => `${evidenceTitle(evidence)}:\n${evidence.text.slice(0, evidenceLimit)}`,
    ),
    where === undefined ? '' : `see ${where}`,
  ];
  return parts
    .filter(part => part !== '')
    .map(printable)
    .join('\n');
};

export const tap = fileReport(
  { name: 'tap', file: 'test.tap', summary: 'TAP in the dialect of the Go kola' },
  renderTap,
);
