import type { Reporter, ReportSink } from '../src/core/reporter.ts';
import { evidenceTitle, reproCommand, whereToLook } from './evidence.ts';
import { RunFold } from './fold-run.ts';
import { excerpt, oneLine, plural } from './printable.ts';
import { causeOf, isUnmet, type ResultModel, type RunModel } from './run-model.ts';
import { type FailureGroup, failureGroups, outcomeWord } from './verdict.ts';

/** GitHub shows ten annotations of a level per step and drops the others. */
const maxAnnotations = 10;
/** Folded blocks: the log of a step is not a database. */
const maxBlocks = 200;
const evidenceLines = 60;
const evidenceLimit = 8000;
const namesPerAnnotation = 10;

/** The runner's older form of commands, which it finds anywhere in a line. */
const disarm = (text: string): string => text.replaceAll('##[', '## [');

/** Data of a workflow command. */
const escapeData = (text: string): string =>
  disarm(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
/** Value of a workflow command's property. */
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/**
 * Log text as lines that the runner cannot take for commands: it knows `::name::` at the start of a line and
 * `##[name]` anywhere.
 */
const quoted = (text: string): string[] =>
  excerpt(text, evidenceLines, evidenceLimit)
    .split('\n')
    .map(line => `| ${disarm(line)}`);

/** A folded block with all that is known about one unmet or flaky result. */
export const failureBlock = (result: ResultModel, model: Pick<RunModel, 'command'>): string[] => {
  const { failure } = result;
  const where = whereToLook(result);
  return [
    `::group::${escapeData(oneLine(`${outcomeWord[result.outcome]} ${result.key}: ${causeOf(result)}`))}`,
    ...quoted(failure?.message ?? result.reason ?? 'no reason given'),
    ...(failure?.hint === undefined ? [] : quoted(`hint: ${failure.hint}`)),
    ...(failure?.evidence ?? []).flatMap(one => [...quoted(`${evidenceTitle(one)}:`), ...quoted(one.text)]),
    ...(where === undefined ? [] : quoted(`log: ${where}`)),
    ...quoted(`again: ${reproCommand(result, model)}`),
    '::endgroup::',
  ];
};

/**
 * At most ten, one per cause: infrastructure as warnings, the others as errors; flaky results share a notice, and so
 * do images that are not Flatcar.
 */
export const annotations = (model: RunModel): string[] => {
  const notices = [imageNotice(model), flakyNotice(model)].filter(line => line !== undefined);
  const groups = failureGroups(model);
  const room = maxAnnotations - notices.length;
  const shown = groups.length > room ? groups.slice(0, room - 1) : groups;
  const rest = groups.slice(shown.length);
  const more =
    rest.length === 0
      ? []
      : [`::error title=${escapeProperty(`${rest.length} more causes`)}::${escapeData(restText(rest))}`];
  return [...shown.map(annotation), ...more, ...notices];
};

const imageNotice = ({ notices }: RunModel): string | undefined =>
  notices.length === 0
    ? undefined
    : `::notice title=Not a Flatcar release::${escapeData(notices.map(notice => oneLine(notice)).join('\n'))}`;

const flakyNotice = ({ results }: RunModel): string | undefined => {
  const flaky = results.filter(result => result.outcome === 'flaky');
  if (flaky.length === 0) return undefined;
  return `::notice title=${escapeProperty(plural(flaky.length, 'flaky result'))}::${escapeData(names(flaky))}`;
};

const annotation = (group: FailureGroup): string => {
  const level = group.infrastructure ? 'warning' : 'error';
  const title = `${group.kind}: ${plural(group.results.length, 'result')}`;
  const hint = group.hint === undefined ? '' : `\nhint: ${oneLine(group.hint)}`;
  const message = `${oneLine(group.cause)}${hint}\n${names(group.results)}`;
  return `::${level} title=${escapeProperty(oneLine(title))}::${escapeData(message)}`;
};

const restText = (groups: readonly FailureGroup[]): string =>
  groups
    .slice(0, namesPerAnnotation)
    .map(group => oneLine(group.cause, 200))
    .join('\n');

const names = (results: readonly ResultModel[]): string => {
  const shown = results.slice(0, namesPerAnnotation).map(result => result.key);
  const more = results.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

/** Writes folded blocks and annotations for GitHub Actions at the end of a run. */
export const createGitHubReporter = (sink: ReportSink): Reporter => {
  const fold = new RunFold();
  return {
    event: event => {
      fold.event(event);
      if (event.type !== 'run.ended') return;
      const model = fold.model();
      const notable = model.results.filter(result => isUnmet(result.outcome) || result.outcome === 'flaky');
      const lines = [
        ...notable.slice(0, maxBlocks).flatMap(result => failureBlock(result, model)),
        ...annotations(model),
      ];
      if (lines.length > 0) sink.write(`${lines.join('\n')}\n`);
    },
  };
};

/** Whether this process runs in a step of GitHub Actions. */
export const isGitHubActions = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env.GITHUB_ACTIONS === 'true';
