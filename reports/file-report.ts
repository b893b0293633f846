import type { Reporter, ReportFormat, ReportOptions } from '../src/core/reporter.ts';
import { RunFold } from './fold-run.ts';
import type { RunModel } from './run-model.ts';

/** A file report is a pure function of the read model; the fold is the same for all. */
export const fileReport = (
  meta: Pick<ReportFormat, 'name' | 'file' | 'summary'>,
  render: (model: RunModel, options: ReportOptions) => string,
): ReportFormat => ({
  ...meta,
  create: (options): Reporter => {
    const fold = new RunFold();
    return { event: event => fold.event(event), finish: () => render(fold.model(), options) };
  },
});
