import { reproCommand, whereToLook } from '../evidence.ts';
import { sharingLines, usageLine } from '../machine-use.ts';
import { duration, oneLine, plural } from '../printable.ts';
import { causeOf, isUnmet, type ResultModel, type RunModel } from '../run-model.ts';
import { countsLine, knownNote, outcomeWord, verdictTone, worstFirst } from '../verdict.ts';
import { outcomeStyle, type Paint } from './paint.ts';

const maxFailures = 50;

export interface FinalOptions {
  /** Paths of the reports that were written, as the reader would open them. */
  readonly reports: readonly string[];
  /** The run folder, put before paths of logs. */
  readonly folder: string | undefined;
  readonly paint: Paint;
}

/** What stands at the end: each failure with its cause, log and command, then verdict, counts and report paths. */
export const finalLines = (model: RunModel, options: FinalOptions): string[] => {
  const { paint } = options;
  const rank = (result: ResultModel): number => worstFirst.indexOf(result.outcome);
  const unmet = model.results.filter(result => isUnmet(result.outcome)).sort((a, b) => rank(a) - rank(b));
  const more = unmet.length - maxFailures;
  const tone = verdictTone(model);
  return [
    '',
    ...unmet.slice(0, maxFailures).flatMap(result => [...failureLines(result, model, options), '']),
    ...(more > 0 ? [`… and ${plural(more, 'more result')} of this kind: see the reports`, ''] : []),
    ...model.knownIssues
      .filter(({ use }) => use === 'removable')
      .map(({ id }) => paint('doubtful', `known issue ${id} no longer fails: it can be removed`)),
    ...model.leaked.map(resource => paint('bad', `could not destroy ${oneLine(resource)}`)),
    paint(tone, oneLine(model.verdict)),
    `${countsLine(model.counts)} in ${duration(model.took)}`,
    ...(model.usage === undefined ? [] : [usageLine(model.usage)]),
    ...sharingLines(model).map(line => paint('doubtful', oneLine(line))),
    ...model.notices.map(notice => paint('doubtful', oneLine(notice))),
    ...options.reports.map((report, index) => `${index === 0 ? 'Reports:' : '        '} ${report}`),
  ];
};

const failureLines = (result: ResultModel, model: RunModel, { paint, folder }: FinalOptions): string[] => {
  const where = whereToLook(result);
  const several = model.targets.length > 1;
  const name = several ? result.key : result.key.slice(result.target.length + 1);
  const note = knownNote(model, result);
  const hint = result.failure?.hint;
  const path = where === undefined || folder === undefined ? where : `${folder}/${where}`;
  return [
    `${paint(outcomeStyle[result.outcome], outcomeWord[result.outcome])} ${paint('bold', name)}`,
    `  ${oneLine(causeOf(result), 600) || 'no reason given'}`,
    ...(note === undefined ? [] : [`  ${oneLine(note, 300)}`]),
    ...(hint === undefined ? [] : [`  hint:  ${oneLine(hint, 600)}`]),
    ...(path === undefined ? [] : [`  log:   ${oneLine(path, 600)}`]),
    `  again: ${oneLine(reproCommand(result, model), 600)}`,
  ];
};
