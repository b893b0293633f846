import { disproves, proofWords } from '../../src/core/proof.ts';
import type { Reporter } from '../../src/core/reporter.ts';
import { subjectKey } from '../../src/core/target.ts';
import { oneLine } from '../printable.ts';
import { type Proof, ProveFold } from './model.ts';

/** The table on the terminal: scenario, sabotage, what happened; below what went wrong, how it failed instead. */
export const createProveTable = (): Reporter & { lines(): readonly string[] } => {
  const fold = new ProveFold();
  return {
    event: event => fold.event(event),
    lines: () => {
      const { proofs, targets } = fold.model();
      if (proofs.length === 0) return [];
      const rows = proofs.map(proof => [
        targets.length > 1 ? subjectKey(proof.subject) : proof.subject.scenario,
        oneLine(proof.fault ?? '–', 70),
        proofWords[proof.verdict],
      ]);
      const widths = [0, 1].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)));
      return rows.flatMap((row, index) => [
        row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '),
        ...reason(proofs[index]),
      ]);
    },
  };
};

const reason = (proof: Proof | undefined): readonly string[] => {
  if (proof === undefined || proof.verdict === 'proven' || proof.verdict === 'undeclared') return [];
  return [
    ...(disproves(proof.verdict) && proof.stated !== undefined
      ? [`    stated: ${oneLine(proof.stated, 200)}`]
      : []),
    ...(proof.found === undefined ? [] : [`    found:  ${oneLine(proof.found, 300)}`]),
  ];
};
