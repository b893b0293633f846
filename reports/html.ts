import { fileReport } from './file-report.ts';
import { renderPage } from './html/page.ts';
import { pageData } from './html/page-data.ts';

/** One self-contained page: no request leaves it, logs are in it, and it works from a file system. */
export const html = fileReport(
  { name: 'html', file: 'index.html', summary: 'one self-contained page with logs and a timeline' },
  (model, options) => renderPage(model, pageData(model, options)),
);
