import { proofWords } from '../../src/core/proof.ts';
import type { ReportFormat } from '../../src/core/reporter.ts';
import { subjectKey } from '../../src/core/target.ts';
import { ProveFold, type ProveModel } from './model.ts';

const renderJson = ({ proofs, ...model }: ProveModel): string => {
  const rows = proofs.map(({ subject, verdict, fault, stated, found, attempts, from, took }) => ({
    key: subjectKey(subject),
    scenario: subject.scenario,
    platform: subject.platform,
    arch: subject.arch,
    channel: subject.channel,
    image: subject.image.digest,
    verdict,
    words: proofWords[verdict],
    fault,
    stated,
    found,
    attempts,
    from,
    took,
  }));
  return `${JSON.stringify({ schema: 1, ...model, proofs: rows }, undefined, 2)}\n`;
};

export const proveJson: ReportFormat = {
  name: 'prove-json',
  file: 'prove.json',
  summary: 'which scenarios failed under their sabotage',
  create: () => {
    const fold = new ProveFold();
    return { event: event => fold.event(event), finish: () => renderJson(fold.model()) };
  },
};
