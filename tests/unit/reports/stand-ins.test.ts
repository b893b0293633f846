import { describe, expect, test } from 'vitest';
import { foldRun } from '../../../reports/fold-run.ts';
import { renderPage } from '../../../reports/html/page.ts';
import { pageData } from '../../../reports/html/page-data.ts';
import { renderJson } from '../../../reports/json.ts';
import { renderMarkdown } from '../../../reports/markdown.ts';
import { reportSchema } from '../../../reports/report-schema.ts';
import { EventLog, failureOf } from '../../support/events.ts';

const standIns = ['update-engine'];
const model = foldRun(
  new EventLog([
    { name: 'cl.omaha.ping', standIns, attempts: [{ outcome: 'passed' }] },
    {
      name: 'cl.update.payload',
      standIns,
      attempts: [{ outcome: 'failed', failure: failureOf('product', 'no update') }],
    },
    { name: 'cl.update.reboot', attempts: [{ outcome: 'passed' }] },
  ]).write(),
);

describe('what passed on a stand-in', () => {
  test('is listed apart in Markdown, and nothing else is', () => {
    const section = /## Passed on a stand-in.*\n\n([\s\S]*?)\n\n/.exec(renderMarkdown(model))?.[1] ?? '';
    expect(section).toContain('`cl.omaha.ping`');
    expect(section).toContain('update-engine');
    expect(section).not.toContain('cl.update.');
  });

  test('is listed apart on the page', () => {
    const page = renderPage(model, pageData(model, { readFile: () => undefined }));
    expect(page).toContain('Passed on a stand-in: 1</h2>');
    expect(page).toMatch(/<li>[^<]*:cl\.omaha\.ping: update-engine<\/li>/);
  });

  test('is marked in report.json', () => {
    const { results } = reportSchema.parse(JSON.parse(renderJson(model)));
    expect(results.map(({ scenario, standIns: names }) => [scenario, names])).toEqual([
      ['cl.omaha.ping', standIns],
      ['cl.update.payload', standIns],
      ['cl.update.reboot', undefined],
    ]);
  });
});
