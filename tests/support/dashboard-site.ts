import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Access } from '../../src/dashboard/access.ts';
import type { Hourly } from '../../src/dashboard/load/cost.ts';
import { createNews, type News } from '../../src/dashboard/news.ts';
import { boardOf } from '../../src/dashboard/pages.ts';
import type { ServerOptions } from '../../src/dashboard/server.ts';
import { createSite, type Site } from '../../src/dashboard/site.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { fillWorld, now, type World } from './dashboard-world.ts';

/** A filled store in a folder of its own, with everything to serve it. */
export interface TestSite extends AsyncDisposable {
  readonly world: World;
  readonly store: Store;
  readonly news: News;
  site(embargoed: boolean): Site;
  options(access?: Access): ServerOptions;
}

export const openTestSite = async (): Promise<TestSite> => {
  const folder = mkdtempSync(join(tmpdir(), 'kola-dashboard-'));
  const store = await openStore(join(folder, 'history.db'));
  const world = await fillWorld(folder, store);
  const news = createNews();
  const site = (embargoed: boolean): Site =>
    createSite({ store, ...world, embargoed, now: () => now, hourly: aws }, boardOf);
  return {
    world,
    store,
    news,
    site,
    options: (access = { kind: 'none' }) => ({
      site: site(true),
      news,
      access,
      decisionFolder: world.decisionFolder,
      host: '127.0.0.1',
      port: 0,
      now: () => now,
    }),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
};

/** Only aws has a price: one a second, so that short machines show. */
const aws: Hourly = ({ platform, variant }) =>
  platform === 'aws' ? { type: variant || 't3.small', amount: 3600, currency: 'USD' } : undefined;

/** Knows two voters, and eve, who is none. */
export const tokens: Access = {
  kind: 'token',
  identify: token =>
    ({ 'token-of-ann-1234': 'ann', 'token-of-bob-1234': 'bob', 'token-of-eve-1234': 'eve' })[token],
};
