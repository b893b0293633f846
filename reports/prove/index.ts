import type { ReportEntry } from '../index.ts';

/** The reports of `kola prove`; those of a run would show attempts that are meant to fail. */
export const proveFormats: readonly ReportEntry[] = [
  {
    name: 'prove-json',
    file: 'prove.json',
    summary: 'which scenarios failed under their sabotage',
    load: async () => (await import('./json.ts')).proveJson,
  },
  {
    name: 'prove-markdown',
    file: 'prove.md',
    summary: 'the same as a table',
    load: async () => (await import('./markdown.ts')).proveMarkdown,
  },
];
