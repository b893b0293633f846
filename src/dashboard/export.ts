import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { address } from '../../reports/dashboard/addresses.ts';
import { UsageError } from '../core/errors.ts';
import { assets, pageAt } from './pages.ts';
import type { Site } from './site.ts';

export interface Exported {
  readonly pages: number;
  /** Pages that exist and were left out; links to them are text. */
  readonly left: number;
}

/** Lies in a folder that an export wrote, so that the next one may write over it. */
const marker = '.kola-dashboard';

/**
 * Writes the site as files, from the board outwards along its links, until `most` pages are written: what matters
 * most is nearest to the board. The site must be one without embargoed runs. Throws UsageError for a folder with
 * other things in it.
 */
export const exportSite = async (site: Site, folder: string, most: number): Promise<Exported> => {
  await claim(folder);
  const moment = await site.moment();
  if (moment.sources.embargoed) throw new RangeError('an export is made from a site without embargoed runs');
  const order: string[] = [address.board];
  const seen = new Set(order);
  const pages = new Map<string, string>();
  const absent = new Set<string>();
  for (let next = 0; next < order.length && pages.size < most; next++) {
    const path = order[next] ?? '';
    const text = await pageAt(moment, path, { live: false, access: 'none' });
    if (text === undefined) {
      absent.add(path);
      continue;
    }
    pages.set(path, text);
    for (const target of linksOf(path, text)) {
      if (!seen.has(target)) order.push(target);
      seen.add(target);
    }
  }
  for (const [path, text] of pages) await write(folder, path, withoutDeadLinks(path, text, pages));
  for (const [path, { text }] of Object.entries(assets)) await write(folder, path, text);
  return { pages: pages.size, left: order.length - pages.size - absent.size };
};

const claim = async (folder: string): Promise<void> => {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (there.length > 0 && !there.includes(marker)) {
    throw new UsageError('export-foreign', `${folder} has files that no export of the dashboard wrote`, {
      hint: 'give a folder that is new or empty',
    });
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, marker), 'written by kola dashboard export\n');
  // Without it GitHub Pages leaves out files whose names begin with an underscore.
  await writeFile(join(folder, '.nojekyll'), '');
};

const write = async (folder: string, path: string, text: string): Promise<void> => {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
};

const localLink = / href="([^":#]+\.html)(#[^"]*)?"/g;

const linksOf = (path: string, text: string): Set<string> =>
  new Set(
    Array.from(text.matchAll(localLink), ([, href = '']) => resolveLink(path, href)).filter(
      target => !target.split('/').some(part => part.length > longestName),
    ),
  );

/** Bytes of a file name on every common file system; an imported test may have a longer name. */
const longestName = 255;

const resolveLink = (from: string, href: string): string => posix.join(posix.dirname(from), href);

const withoutDeadLinks = (path: string, text: string, pages: ReadonlyMap<string, string>): string =>
  text.replace(localLink, (link, href: string) => (pages.has(resolveLink(path, href)) ? link : ''));
