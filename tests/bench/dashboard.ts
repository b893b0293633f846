import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { address } from '../../reports/dashboard/addresses.ts';
import { loadPrices } from '../../src/cli/dashboard/prices.ts';
import { packageRoot } from '../../src/core/package-root.ts';
import { createNews } from '../../src/dashboard/news.ts';
import { boardOf } from '../../src/dashboard/pages.ts';
import { startServer } from '../../src/dashboard/server.ts';
import { createSite } from '../../src/dashboard/site.ts';
import { importReleaseFile } from '../../src/store/import/facts.ts';
import { importRuns } from '../../src/store/import/import-run.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { digestOf } from '../support/event-log.ts';
import { arches, day, end, foldedRun, perRun, platforms, say } from './release-year.ts';

/**
 * `npx node tests/bench/dashboard.ts [--weeks 52] [--store FILE]`: a year of four channels with a release a week on 24
 * places and a nightly a day on 9, 120 scenarios each (a million results), then every view, as the server sends it and
 * as Chromium has it on the screen. `--store` keeps the store, and uses it again.
 */
const { values } = parseArgs({
  options: { weeks: { type: 'string', default: '52' }, store: { type: 'string' } },
});
const weeks = Number(values.weeks);
const adapted = platforms.slice(0, 9);
const more = ['akamai', 'stackit', 'equinixmetal'];
const channels = ['alpha', 'beta', 'stable'];

let made = 0;
const log = (platform: string, arch: number, channel: string, version: string, at: number) => {
  const run = `r${(made++).toString(36).padStart(7, '0')}`;
  return foldedRun(made, { run, platform, arch: arches[arch] ?? 'amd64', channel, version, at });
};

const weekOf = function* (week: number) {
  const at = end - (weeks - week) * 7 * day;
  const major = 4000 + week;
  for (const [minor, channel] of channels.entries()) {
    for (const platform of [...adapted, ...more])
      for (const arch of [0, 1]) yield log(platform, arch, channel, `${major}.${minor}.0`, at);
  }
  for (let n = 0; n < 7; n++) {
    const date = new Date(at + n * day).toISOString().slice(0, 10).replaceAll('-', '');
    for (const platform of adapted)
      yield log(platform, 0, 'alpha', `${major}.0.0+nightly-${date}-2100`, at + n * day);
  }
};

/** Without facts no gate counts a result, and a verdict would be had for nothing. */
const describeReleases = async (store: Store, folder: string): Promise<void> => {
  const file = join(folder, 'facts.json');
  const image = { file: 'image.bin', digest: digestOf('a'), size: 5e8 };
  for (let week = 1; week <= weeks; week++) {
    for (const [minor, channel] of channels.entries()) {
      const arches = { amd64: { images: [image] }, arm64: { images: [image] } };
      writeFileSync(
        file,
        JSON.stringify({ schema: 1, channel, version: `${4000 + week}.${minor}.0`, arches }),
      );
      await importReleaseFile(store, file);
    }
  }
};

const fill = async (store: Store): Promise<void> => {
  for (let week = 1; week <= weeks; week++) await importRuns(store, [...weekOf(week)], end);
  say(`${made} runs, ${made * perRun} results`);
};

const at = (times: readonly number[], share: number): string =>
  (times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN).toFixed(0);

const version = `${4000 + weeks}.2.0`;
const pages = {
  board: address.board,
  verdict: address.release('stable', version),
  failures: address.release('stable', version, 'failures'),
  comparison: address.release('stable', version, 'compare'),
  coverage: address.release('stable', version, 'coverage'),
  soak: address.release('stable', version, 'soak'),
  place: address.place('stable', version, 'qemu', 'amd64'),
  'older verdict': address.release('beta', `${4000 + Math.ceil(weeks / 2)}.1.0`),
  scenario: address.scenario('cl.area0.scenario-0'),
  run: address.run('r000000a'),
  runs: address.runs,
  scenarios: address.scenarios,
  flakes: address.flakes,
};

const folder = mkdtempSync(join(tmpdir(), 'kola-bench-'));
const policy = join(packageRoot(), 'policy');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  await using store = await openStore(values.store ?? join(folder, 'history.db'));
  const filled = await store.db.selectFrom('runs').select('run').limit(1).executeTakeFirst();
  if (filled === undefined) await fill(store);
  await describeReleases(store, folder);
  const sources = {
    store,
    policyFile: join(policy, 'flatcar.yaml'),
    waiverFolder: join(policy, 'waivers'),
    decisionFolder: join(folder, 'decisions'),
    embargoed: true,
    now: () => end,
    hourly: await loadPrices(),
  };
  const from = performance.now();
  const site = createSite(sources, boardOf);
  await site.newest();
  say(`start, with the verdicts of all channels: ${Math.round(performance.now() - from)} ms`);
  await using server = await startServer({
    site,
    news: createNews(),
    access: { kind: 'none' },
    decisionFolder: sources.decisionFolder,
    host: '127.0.0.1',
    port: 0,
    now: () => end,
  });
  const page = await browser.newPage();
  say('| view | first, ms | p50 | p95 | in Chromium, p50 | kB |\n|---|--:|--:|--:|--:|--:|');
  for (const [name, path] of Object.entries(pages)) {
    const times: number[] = [];
    let size = 0;
    for (let n = 0; n < 20; n++) {
      const asked = performance.now();
      const answer = await fetch(server.url + path);
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      size = (await answer.text()).length;
      times.push(performance.now() - asked);
    }
    const shown: number[] = [];
    for (let n = 0; n < 5; n++) {
      const asked = performance.now();
      await page.goto(server.url + path, { waitUntil: 'load' });
      shown.push(performance.now() - asked);
    }
    const rest = times.slice(1);
    say(
      `| ${name} | ${times[0]?.toFixed(0)} | ${at(rest, 0.5)} | ${at(rest, 0.95)} | ${at(shown, 0.5)} | ${Math.round(size / 1000)} |`,
    );
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
