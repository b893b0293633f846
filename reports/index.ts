import type { ReportFormat } from '../src/core/reporter.ts';

/** A report that can be asked for by name. `load` imports it, so that listing them costs nothing. */
export interface ReportEntry {
  readonly name: string;
  /** Its place in the run folder. */
  readonly file: string;
  readonly summary: string;
  load(): Promise<ReportFormat>;
}

/** Every file report, in the order in which `kola report --help` lists them. */
export const reportFormats: readonly ReportEntry[] = [
  {
    name: 'tap',
    file: 'test.tap',
    summary: 'TAP in the dialect of the Go kola',
    load: async () => (await import('./tap.ts')).tap,
  },
  {
    name: 'junit',
    file: 'junit.xml',
    summary: 'JUnit XML, a suite per platform, architecture and channel',
    load: async () => (await import('./junit.ts')).junitXml,
  },
  {
    name: 'json',
    file: 'report.json',
    summary: "JSON, a superset of the Go kola's, with a published schema",
    load: async () => (await import('./json.ts')).json,
  },
  {
    name: 'markdown',
    file: 'summary.md',
    summary: 'Markdown for step summaries and comments, below 1 MiB',
    load: async () => (await import('./markdown.ts')).markdown,
  },
  {
    name: 'html',
    file: 'index.html',
    summary: 'one self-contained page with logs and a timeline',
    load: async () => (await import('./html.ts')).html,
  },
];
