import { proofVerdicts, proofWords } from '../../src/core/proof.ts';
import type { ReportFormat } from '../../src/core/reporter.ts';
import { subjectKey } from '../../src/core/target.ts';
import { duration, oneLine } from '../printable.ts';
import { type Proof, ProveFold, type ProveModel } from './model.ts';

/** Text for a cell of a table. */
export const cell = (text: string): string =>
  oneLine(text, 200)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('|', '\\|')
    .replaceAll('`', "'");

const row = (proof: Proof, several: boolean): string => {
  const { subject, verdict, fault, stated, found, from, took } = proof;
  const cells = [
    several ? subjectKey(subject) : subject.scenario,
    fault ?? '–',
    stated ?? '–',
    proofWords[verdict] + (from === undefined ? '' : ` (run ${from})`),
    found ?? '',
    took === 0 ? '' : duration(took),
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
};

/** Markdown of the whole table. */
const renderMarkdown = (model: ProveModel): string => {
  const { proofs, counts, notices, verdict, targets } = model;
  const sums = proofVerdicts.filter(one => counts[one] > 0).map(one => `${counts[one]} ${proofWords[one]}`);
  return `${[
    `# ${cell(verdict ?? 'The run of kola prove did not come to its end')}`,
    ...notices.map(notice => `> **${cell(notice)}**`),
    ...(proofs.length === 0
      ? ['Nothing was tried.']
      : [
          `${sums.join(', ')}.`,
          [
            '| scenario | sabotage | must fail in | what happened | found | took |',
            '|---|---|---|---|---|---|',
            ...proofs.map(proof => row(proof, targets.length > 1)),
          ].join('\n'),
        ]),
  ].join('\n\n')}\n`;
};

export const proveMarkdown: ReportFormat = {
  name: 'prove-markdown',
  file: 'prove.md',
  summary: 'the same as a table',
  create: () => {
    const fold = new ProveFold();
    return { event: event => fold.event(event), finish: () => renderMarkdown(fold.model()) };
  },
};
