import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { address, releasePages } from '../../reports/dashboard/addresses.ts';
import { boardOf, pageAt } from '../../src/dashboard/pages.ts';
import { createSite } from '../../src/dashboard/site.ts';
import { openStore } from '../../src/store/open.ts';
import { candidate, fillWorld, now } from '../support/dashboard-world.ts';
import { startPostgres } from '../support/postgres.ts';

let server: ReturnType<typeof startPostgres>;
beforeAll(() => {
  server = startPostgres();
});
afterAll(() => server.stop());

const paths = [
  address.board,
  address.scenarios,
  address.flakes,
  address.waivers,
  address.runs,
  address.run('cand-0'),
  address.scenario('docker.userns'),
  address.place(candidate.channel, candidate.version, 'aws', 'arm64'),
  ...releasePages.map(page => address.release(candidate.channel, candidate.version, page)),
];

/** Every page as one store has it, with and without what is embargoed. */
const pagesOf = async (where: (folder: string) => string): Promise<Map<string, string | undefined>> => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-dashboard-'));
  try {
    await using store = await openStore(where(folder));
    const world = await fillWorld(folder, store);
    const pages = new Map<string, string | undefined>();
    for (const embargoed of [true, false]) {
      const site = createSite(
        { store, ...world, embargoed, now: () => now, hourly: () => undefined },
        boardOf,
      );
      const moment = await site.newest();
      for (const path of paths)
        pages.set(`${embargoed} ${path}`, await pageAt(moment, path, { live: true, access: 'none' }));
    }
    return pages;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

it('shows the same pages from PostgreSQL as from SQLite', async () => {
  const sqlite = await pagesOf(folder => join(folder, 'history.db'));
  const postgres = await pagesOf(() => server.createDatabase());
  expect(sqlite.size).toBe(2 * paths.length);
  for (const [path, page] of sqlite) {
    expect(page, path).toContain('<main');
    expect(postgres.get(path), path).toBe(page);
  }
});
