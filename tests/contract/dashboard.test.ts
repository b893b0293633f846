import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { address, type releasePages } from '../../reports/dashboard/addresses.ts';
import { packageRoot } from '../../src/core/package-root.ts';
import { exportSite } from '../../src/dashboard/export.ts';
import { followRun } from '../../src/dashboard/follow.ts';
import { watchSite } from '../../src/dashboard/news.ts';
import { type DashboardServer, startServer } from '../../src/dashboard/server.ts';
import { openTestSite, type TestSite, tokens } from '../support/dashboard-site.ts';
import { candidate } from '../support/dashboard-world.ts';
import { asNdjson, digestOf, scriptedEvents } from '../support/event-log.ts';

/** For people to look at. */
const screenshots = join(packageRoot(), '_kola_temp', 'screenshots');

let open: TestSite;
let server: DashboardServer;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  open = await openTestSite();
  server = await startServer(open.options(tokens));
  // The sandbox needs a kernel feature that is off for root in CI's containers; pages come from this test only.
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  await open?.[Symbol.asyncDispose]();
});

const newPage = async (options: BrowserContextOptions = {}): Promise<void> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  page = await context.newPage();
  complaints = [];
  page.on('console', message => {
    if (message.type() !== 'log') complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(error.message));
  page.on('dialog', dialog => {
    complaints.push(`dialog ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
};
beforeEach(() => newPage());
afterEach(() => page.context().close());

const go = async (path: string): Promise<void> => {
  expect((await page.goto(server.url + path))?.status()).toBe(200);
};
const release = (name: (typeof releasePages)[number]): string =>
  address.release(candidate.channel, candidate.version, name);

const views = {
  board: address.board,
  matrix: release('index'),
  failures: release('failures'),
  comparison: release('compare'),
  coverage: release('coverage'),
  soak: release('soak'),
  decision: release('decision'),
  place: address.place('stable', candidate.version, 'qemu', 'amd64'),
  scenario: address.scenario('docker.userns'),
  run: `${address.run('cand-0')}#a-qemu_amd64-cl.verity`,
  runs: address.runs,
  scenarios: address.scenarios,
  waivers: address.waivers,
  flakes: address.flakes,
};

describe('in a browser', () => {
  it.each(Object.entries(views))(
    '%s is quiet, runs nothing of a log, and fits a phone',
    async (name, path) => {
      await go(path);
      // Asked before the first picture: the taking of one styles input fields.
      expect(await page.locator('main img, main script, main [style]').count()).toBe(0);
      await page.screenshot({ path: join(screenshots, `${name}-light.png`), fullPage: true });
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.screenshot({ path: join(screenshots, `${name}-dark.png`), fullPage: true });
      await page.setViewportSize({ width: 360, height: 780 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      await page.screenshot({ path: join(screenshots, `${name}-phone.png`), fullPage: true });
      expect(await page.evaluate('window.hacked')).toBeUndefined();
      expect(complaints).toEqual([]);
    },
  );

  it('would see it if something did run', async () => {
    await go(address.board);
    await page.evaluate(
      `document.querySelector('main').innerHTML += '<img src="x" onerror="window.hacked = 1">'`,
    );
    await expect.poll(() => complaints.join('\n')).toMatch(/Content Security Policy/);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
  });

  it('opens a log at the decisive line by its address', async () => {
    await go(views.run);
    const line = page.locator('details[open] tr.decisive').first();
    expect(await line.textContent()).toMatch(/214\s*\[ {2}213\.000000\] Kernel panic/);
    const [log, row] = [
      await page.locator('details[open] .log').first().boundingBox(),
      await line.boundingBox(),
    ];
    expect(row!.y).toBeGreaterThan(log!.y);
    expect(row!.y + row!.height).toBeLessThan(log!.y + log!.height);
    await page.locator('details[open] > summary').first().click();
    await expect.poll(() => new URL(page.url()).hash).toBe('');
  });

  it('keeps a filter in its address', async () => {
    await go(views.place);
    await page.keyboard.press('/');
    await page.keyboard.type('verity');
    expect(await page.locator('[data-row]:visible').count()).toBe(1);
    expect(new URL(page.url()).search).toBe('?q=verity');
    await page.reload();
    expect(await page.locator('[data-row]:visible').count()).toBe(1);
  });

  it('is walked by keyboard', async () => {
    await go(views.board);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await go(views.scenario);
    await page.locator('.grid tbody a').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    const [row, column] = (await page.evaluate(
      '[document.activeElement.closest("tr").sectionRowIndex, document.activeElement.closest("td").cellIndex]',
    )) as number[];
    expect([row, column]).toEqual([1, 2]);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/run\//);
  });

  it('remembers the colours that were chosen', async () => {
    const ground = (): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await go(views.board);
    const light = await ground();
    await page.locator('#theme').click();
    await page.locator('#theme').click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await ground()).toBe(dark);
    expect(await page.locator('#theme').getAttribute('aria-label')).toBe('Colours: dark');
  });

  it('reads with enough contrast in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await go(views.matrix);
      expect(await page.evaluate(lowestContrast), colorScheme).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('takes a vote', async () => {
    await go(views.decision);
    await page.locator('input[value=go]').check();
    await page.getByLabel('Reason').fill('all is well');
    await page.getByLabel('Your token').fill('token-of-ann-1234');
    await page.getByRole('button', { name: 'Cast the vote' }).click();
    await page.waitForURL(/decision\.html$/);
    expect(await page.locator('.steps').textContent()).toMatch(/go ann\s*all is well\s*Not voted: bob, cat/);
  });

  it('takes a waiver from a failure, and the approval of somebody else', async () => {
    await go(views.failures);
    const card = page.locator('section.group', { hasText: 'cl.verity' }).first();
    await card.getByText('Propose a waiver').click();
    await card.getByLabel('Tracker').fill('https://github.com/flatcar/Flatcar/issues/1');
    await card.getByLabel('Reason').fill('the panic is a known one');
    await card.getByLabel('Last day').fill('2026-12-24');
    await card.getByLabel('Your token').fill('token-of-ann-1234');
    await page.screenshot({ path: join(screenshots, 'waiver-form.png'), fullPage: true });
    await card.getByRole('button', { name: 'Propose the waiver' }).click();
    await page.waitForURL(/waivers\.html#cl\.verity-/);
    const row = page.locator('tr', { hasText: 'the panic is a known one' });
    expect(await row.textContent()).toMatch(/ann\s*no approver/);
    await row.getByText('Approve', { exact: true }).click();
    await row.getByLabel('Your token').fill('token-of-bob-1234');
    await row.getByRole('button', { name: 'Approve it as the second person' }).click();
    await page.waitForURL(/waivers\.html#cl\.verity-/);
    await expect.poll(() => row.textContent()).toMatch(/approved by bob/);
    expect(complaints).toEqual([]);
    await go(views.matrix);
    expect(await page.locator('main').textContent()).toMatch(/fails as waiver cl\.verity-[0-9a-f]{8} says/);
  });

  it('works as files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kola-export-'));
    try {
      await exportSite(open.site(false), folder, 40);
      await page.goto(`file://${folder}/index.html`);
      await page.getByRole('link', { name: '4459.2.1' }).first().click();
      await page.waitForURL(/release\/stable/);
      expect(await page.locator('#fresh').textContent()).toBe('static copy');
      expect(await page.evaluate('getComputedStyle(document.querySelector(".verdict")).fontWeight')).toBe(
        '700',
      );
      expect(complaints).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Lowest contrast of text against what it stands on, as WCAG 2 counts it. */
const lowestContrast = `(() => {
  const channel = c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const rgba = text => text.match(/[\\d.]+/g).map(Number);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const colour = rgba(getComputedStyle(node).backgroundColor);
      if (colour[3] === undefined || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll('main *')].filter(one =>
    [...one.childNodes].some(child => child.nodeType === 3 && child.data.trim() !== '') && one.getClientRects().length > 0);
  return Math.min(...texts.map(one => {
    const [a, b] = [light(rgba(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => y - x);
    return (a + .05) / (b + .05);
  }));
})()`;

describe('while a run is being written', () => {
  it('shows each result as it comes', async () => {
    const events = scriptedEvents({
      run: 'livenow',
      at: '2026-11-16T11:50:00.000Z',
      target: { image: { version: candidate.version, digest: digestOf('a') } },
      results: [{ scenario: 'live.one' }, { scenario: 'live.two', outcome: 'failed', message: 'it broke' }],
    });
    const folder = join(open.world.folder, 'livenow');
    mkdirSync(folder);
    const write = (from: number, to?: number): void =>
      appendFileSync(join(folder, 'events.ndjson'), asNdjson(events.slice(from, to)));
    const half = events.findIndex(event => event.type === 'result.decided') + 1;
    using stop = endLater();
    const errors: unknown[] = [];
    const options = open.options();
    followRun(open.store, folder, stop.signal, error => errors.push(error), 50);
    watchSite(options.site, open.news, stop.signal, error => errors.push(error), 50);
    await using own = await startServer(options);
    write(0, half);
    await expect
      .poll(async () => (await fetch(`${own.url}${address.run('livenow')}`)).status, { timeout: 10_000 })
      .toBe(200);
    await page.goto(own.url + address.run('livenow'));
    expect(await page.locator('main').textContent()).toContain('1 of 2');
    await page.locator('summary', { hasText: 'live.one' }).click();
    write(half);
    await page.getByText('2 of 2').waitFor();
    expect(await page.locator('main').textContent()).toContain('it broke');
    expect(await page.locator('details[open] > summary').textContent()).toContain('live.one');
    expect([errors, complaints]).toEqual([[], []]);
  });
});

const endLater = (): Disposable & { readonly signal: AbortSignal } => {
  const controller = new AbortController();
  return { signal: controller.signal, [Symbol.dispose]: () => controller.abort() };
};
