import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { address } from '../../reports/dashboard/addresses.ts';

/** Takes pictures of an exported dashboard: what README and guide show. Needs Debian's chromium. */
export const takePictures = async (site: string, version: string, into: string): Promise<string[]> => {
  await mkdir(into, { recursive: true });
  const release = (page: 'index' | 'decision' | 'failures'): string =>
    address.release('reference', version, page);
  const pictures = {
    'release-verdict.png': release('index'),
    'release-failures.png': release('failures'),
    'release-scenario.png': address.scenario('cl.basic'),
    'release-decision.png': release('decision'),
  };
  // Without its sandbox, which root cannot have in a container: the pages are the example's own.
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1120, height: 1150 } });
    for (const [name, path] of Object.entries(pictures)) {
      await page.goto(pathToFileURL(join(site, path)).href);
      await page.screenshot({ path: join(into, name) });
    }
  } finally {
    await browser.close();
  }
  return Object.keys(pictures);
};
