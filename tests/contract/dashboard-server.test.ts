import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, releasePages } from '../../reports/dashboard/addresses.ts';
import { proxyAccess, tokenAccess } from '../../src/dashboard/access.ts';
import { exportSite } from '../../src/dashboard/export.ts';
import { dashboardApp } from '../../src/dashboard/server.ts';
import { parseWaiver } from '../../src/gate/waiver.ts';
import { importPath } from '../../src/store/import/files.ts';
import { openTestSite, type TestSite, tokens } from '../support/dashboard-site.ts';
import { candidate, hostile, now, secretVersion } from '../support/dashboard-world.ts';
import { asNdjson, digestOf, scriptedEvents } from '../support/event-log.ts';

let open: TestSite;
beforeAll(async () => {
  open = await openTestSite();
});
afterAll(() => open[Symbol.asyncDispose]());

const ask = (path: string, init: RequestInit = {}, app = dashboardApp(open.options())) =>
  Promise.resolve(
    app.request(`http://127.0.0.1:8417/${path}`, {
      ...init,
      headers: { host: '127.0.0.1:8417', ...init.headers },
    }),
  );
const textOf = async (path: string): Promise<string> => {
  const answer = await ask(path);
  expect(answer.status, path).toBe(200);
  return answer.text();
};
const plain = (page: string): string =>
  page
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replace(/\s+/g, ' ');
const release = (page: (typeof releasePages)[number]): string =>
  address.release(candidate.channel, candidate.version, page);

describe('views', () => {
  it('V1: the board has a line for each channel and architecture', async () => {
    const page = plain(await textOf(address.board));
    expect(page).toMatch(/Release board ✗ NO-GO/);
    expect(page).toMatch(
      /stable 4459\.2\.1 synthetic after 4459\.2\.0 amd64 \S+ ✗ NO-GO 2 3 1 0 37 of 38 9 of 14 d/,
    );
    expect(page).toContain('voting: 0 GO, 0 NO-GO of 3');
  });
  it('V2 and V3: the release has its agenda and its matrix', async () => {
    const page = plain(await textOf(release('index')));
    expect(page).toMatch(/✗ unmet scenarios qemu\/amd64 qemu\/amd64:cl\.verity fails: the kernel panicked/);
    expect(page).toContain('aws/amd64:docker.base could not be tested: failed (capacity)');
    expect(page).toMatch(/azure 9 \/10 passed ◇ 1 waived blocking/);
    expect(page).toMatch(/8 \/10 passed ✗ 1 failed ⚡ 1 infrastructure/);
    expect(page).toMatch(/vmware tested by others 7 \/7 passed synthetic/);
    expect(page).toMatch(/run cand-1 · ≈ 2\.10 USD/);
  });
  it('V4: failures of one cause are one group', async () => {
    const page = plain(await textOf(release('failures')));
    expect(page).toMatch(/7 failures, 5 causes/);
    expect(page).toMatch(
      /3 failures · 1 scenario · first seen in 4459\.2\.1 · not on the previous release cl\.verity on aws\/amd64, qemu\/amd64, qemu\/arm64/,
    );
    expect(page).toMatch(/known issue flatcar\/Flatcar#1 ● open/);
  });
  it('V5: a scenario has its grid, rates and times', async () => {
    const page = await textOf(address.scenario('docker.userns'));
    expect(plain(page)).toMatch(/passed at once [\d.]+ % passed at last 100 %/);
    expect(page).toMatch(/<path class="line" d="M/);
  });
  it('V6: the comparison names what changed', async () => {
    const page = plain(await textOf(release('compare')));
    expect(page).toMatch(/Results against 4459\.2\.0 4 regressed/);
    expect(page).toMatch(/sys-apps\/systemd amd64 ↑ upgraded 256\.9 257\.9/);
    expect(page).toMatch(/image\.bin amd64 503\.0 MB 500\.0 MB −3\.0 MB/);
    expect(page).toMatch(/amd64 1 added, 1 removed, 1 size, \+5\.0 MB/);
    expect(page).toMatch(/\/usr\/bin\/<b>new<\/b> added – -rwsr-xr-x \+2000 B/);
  });
  it('V7: coverage counts plans and says why the rest was left out', async () => {
    const page = plain(await textOf(release('coverage')));
    expect(page).toMatch(/vmware\/amd64 blocking – 7 7 −3 10/);
    expect(page).toMatch(/capability needs tpm qemu\/amd64 tpm\.eventlog/);
  });
  it('V8: waivers say where they were needed', async () => {
    expect(plain(await textOf(address.waivers))).toMatch(
      /cl\.ignition\.luks luks-on-azure azure on amd64;.* open ann approved by bob 2026-12-01 1 × would be red without last in 4459\.2\.1/,
    );
  });
  it('V9: flakes are ranked', async () => {
    expect(plain(await textOf(address.flakes))).toMatch(/1 docker\.userns qemu\/amd64 100/);
  });
  it('V10: a run has its machines', async () => {
    expect(await textOf(address.run('cand-0'))).toMatch(/aria-label="11 machines in 1 lanes/);
    expect(plain(await textOf(address.run('cand-1')))).toMatch(/aws\/amd64\/stable .* ≈ \d+\.\d\d USD/);
    expect(plain(await textOf(address.runs))).toMatch(
      /cand-5 2026-11-16 07:05 qemu\/arm64\/stable 4459\.2\.1 ▸ running/,
    );
  });
  it('V11: soak counts days and machines', async () => {
    const page = plain(await textOf(release('soak')));
    expect(page).toMatch(/○ missing 9 of 14 days · beta 4547\.1\.0/);
    expect(page).toContain('100 wanted');
  });
  it('V12: the decision shows who is awaited', async () => {
    expect(plain(await textOf(release('decision')))).toMatch(
      /ann opened it on the machine's verdict|Not voted: ann, bob, cat/,
    );
  });
  it('shows a place scenario by scenario, and versions no policy knows without a verdict', async () => {
    const page = plain(await textOf(address.place('stable', candidate.version, 'qemu', 'amd64')));
    expect(page.indexOf('cl.verity')).toBeLessThan(page.indexOf('cl.basic'));
    const events = scriptedEvents({
      run: 'guest',
      target: { channel: 'reference', image: { kind: 'reference', version: '1.0.0', notice: 'not Flatcar' } },
      results: [{ scenario: 'a' }],
    });
    const folder = join(open.world.folder, 'guest');
    mkdirSync(folder);
    writeFileSync(join(folder, 'events.ndjson'), asNdjson(events));
    await importPath(open.store, folder, {}, now);
    const guest = plain(await textOf(address.release('reference', '1.0.0')));
    expect(guest).toMatch(/1\.0\.0 not judged reference The policy example has no channel reference/);
    expect(guest).toContain('Not Flatcar.');
  });
});

describe('logs', () => {
  it('open in place with the decisive line marked', async () => {
    const page = await textOf(address.run('cand-0'));
    const [, line] = /<tr class="decisive">(.*?)<\/tr>/.exec(page) ?? [];
    expect(plain(line ?? '')).toMatch(/▸ 214 \[ 213\.000000\] Kernel panic/);
  });
  it('never come from outside the run folder', async () => {
    const page = await textOf(address.run('cand-0'));
    expect(page).toContain('kept text of the file');
    expect(page).not.toContain('Example of a release day');
  });
  it("never come from a folder that is another run's", async () => {
    const file = join(open.world.folder, 'cand-0', 'events.ndjson');
    const kept = readFileSync(file, 'utf8');
    writeFileSync(file, kept.replaceAll('cand-0', 'cand-9'));
    expect(await textOf(address.run('cand-0'))).not.toContain('started unit 213');
    writeFileSync(file, kept);
  });
});

describe('the server', () => {
  it('answers with a policy that allows nothing from elsewhere', async () => {
    const answer = await ask('');
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'$/,
    );
    expect(answer.headers.get('content-security-policy')).not.toContain('unsafe');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });
  it.each([
    'nothing.html',
    'run/nobody.html',
    'release/stable/1.2.3/index.html',
    'release/stable/4459.2.1/on/none/amd64.html',
    'scenario/~zz.html',
    'release/%2e%2e/x/index.html',
    'assets/none.js',
  ])('has no page %s', async path => {
    expect((await ask(path)).status).toBe(404);
  });
  it('does not echo an address as markup', async () => {
    expect(await (await ask(`run/${encodeURIComponent(hostile)}.html`)).text()).not.toContain('<img');
  });
  it('does not answer for a name that was made to point here', async () => {
    expect((await ask('', { headers: { host: 'evil.example' } })).status).toBe(421);
    expect((await ask('', { headers: { host: 'localhost:1' } })).status).toBe(200);
  });
  it('is read-only unless told otherwise', async () => {
    const body = new URLSearchParams({ vote: 'go', reason: 'fine', token: 'token-of-ann-1234' });
    const path = 'release/stable/4459.2.1/vote';
    const origin = { origin: 'http://127.0.0.1:8417' };
    expect((await ask(path, { method: 'POST', body, headers: origin })).status).toBe(403);
    expect(
      (await ask('release/stable/4459.2.1/waiver', { method: 'POST', body, headers: origin })).status,
    ).toBe(403);
    expect((await ask('waivers/approve', { method: 'POST', body, headers: origin })).status).toBe(403);
    for (const page of [release('decision'), release('failures'), address.waivers])
      expect(await textOf(page)).not.toContain('<form');
  });
  it('takes votes of known voters from its own pages only', async () => {
    const app = dashboardApp(open.options(tokens));
    const path = 'release/stable/4459.2.1/vote';
    const send = (fields: Record<string, string>, origin = 'http://127.0.0.1:8417') =>
      ask(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin } }, app);
    const fields = { vote: 'no-go', reason: hostile, token: 'token-of-ann-1234', requirement: 'soak' };
    expect((await send(fields, 'https://evil.example')).status).toBe(403);
    expect((await send({ ...fields, token: 'wrong' })).status).toBe(403);
    expect((await send({ ...fields, token: 'token-of-eve-1234' })).status).toBe(400);
    expect((await send({ ...fields, requirement: '' })).status).toBe(400);
    expect((await send(fields)).status).toBe(303);
    const page = plain(await (await ask(release('decision'), {}, app)).text());
    expect(page).toMatch(/✗ no-go ann on soak .*Not voted: bob, cat/);
  });
  it('takes waivers of known people, and the second person has to be another one', async () => {
    const app = dashboardApp(open.options(tokens));
    const waivers = () => readdirSync(open.world.waiverFolder).sort();
    const before = waivers();
    const post = (path: string, fields: Record<string, string>, origin = 'http://127.0.0.1:8417') =>
      ask(path, { method: 'POST', body: new URLSearchParams(fields), headers: { origin } }, app);
    const path = 'release/stable/4459.2.1/waiver';
    const fields = {
      scenario: 'cl.verity',
      platform: 'qemu',
      arch: 'amd64',
      signature: 'rule: kernel-panic',
      from: '4459.2.1',
      until: '4460.0.0',
      tracker: 'https://github.com/flatcar/Flatcar/issues/1',
      reason: hostile,
      expires: '2026-12-01',
      token: 'token-of-ann-1234',
      author: 'bob',
      approver: 'bob',
    };
    expect((await post(path, fields, 'https://evil.example')).status).toBe(403);
    expect((await post(path, { ...fields, token: 'wrong' })).status).toBe(403);
    for (const [name, value, why] of [
      ['signature', '********', /wildcards alone/],
      ['tracker', 'none', /tracker/],
      ['expires', '2026-11-01', /has expired already/],
      ['arch', 'mips', /arches/],
      ['scenario', '', /scenario/],
    ] as const) {
      const answer = await post(path, { ...fields, [name]: value });
      expect(answer.status, name).toBe(400);
      expect(plain(await answer.text())).toMatch(why);
    }
    expect(waivers()).toEqual(before);

    const written = await post(path, fields);
    expect(written.status).toBe(303);
    const [, id = ''] = /^\.\.\/\.\.\/\.\.\/waivers\.html#(cl\.verity-[0-9a-f]{8})$/.exec(
      written.headers.get('location') ?? '',
    ) ?? [''];
    const file = join(open.world.waiverFolder, `${id}.yaml`);
    expect(parseWaiver(file, readFileSync(file, 'utf8'))).toMatchObject({
      author: 'ann',
      channels: ['stable'],
    });
    expect(parseWaiver(file, readFileSync(file, 'utf8')).approver).toBeUndefined();
    expect((await post(path, fields)).status).toBe(400);
    const page = await (await ask(address.waivers, {}, app)).text();
    expect(page).not.toContain('<img');
    expect(plain(page)).toMatch(new RegExp(`${id} .* ann no approver`));

    const approve = (token: string, name = id) => post('waivers/approve', { id: name, token });
    expect(plain(await (await approve('token-of-ann-1234')).text())).toMatch(
      /ann wrote waiver .* and cannot/,
    );
    expect(plain(await (await approve('token-of-eve-1234')).text())).toMatch(/eve is not among the voters/);
    expect((await approve('token-of-bob-1234', '../policy')).status).toBe(400);
    expect((await approve('token-of-bob-1234')).status).toBe(303);
    expect(parseWaiver(file, readFileSync(file, 'utf8')).approver).toBe('bob');
    expect(plain(await (await approve('token-of-bob-1234')).text())).toMatch(/was approved by bob already/);
    expect(plain(await (await ask(release('index'), {}, app)).text())).toMatch(
      /qemu\/amd64:cl\.verity fails as waiver cl\.verity-[0-9a-f]{8} says/,
    );
    rmSync(file);
  });
  it('believes the name that the proxy in front gives, and no form', async () => {
    const app = dashboardApp(open.options(proxyAccess('X-Forwarded-User', '127.0.0.1')));
    const send = (headers: Record<string, string>) =>
      ask(
        'release/stable/4459.2.1/vote',
        {
          method: 'POST',
          body: new URLSearchParams({ vote: 'abstain', reason: 'away', token: 'cat' }),
          headers: { origin: 'http://127.0.0.1:8417', ...headers },
        },
        app,
      );
    expect((await send({})).status).toBe(403);
    expect((await send({ 'x-forwarded-user': 'eve' })).status).toBe(400);
    expect((await send({ 'x-forwarded-user': 'cat' })).status).toBe(303);
    expect(plain(await (await ask(release('decision'), {}, app)).text())).toMatch(/abstain cat/);
  });
  it('says so when a decision record was changed', async () => {
    const file = join(open.world.decisionFolder, 'stable-4459.2.1.json');
    const kept = readFileSync(file, 'utf8');
    writeFileSync(file, kept.replace('"ann"', '"bob"'));
    expect(plain(await textOf(release('decision')))).toMatch(/The record cannot be trusted: .*was changed/);
    writeFileSync(file, kept);
  });
  it('tells a policy with a mistake, and shows no verdict', async () => {
    const kept = readFileSync(open.world.policyFile, 'utf8');
    writeFileSync(open.world.policyFile, kept.replace('voters:', 'votres:'));
    const answer = await ask('');
    expect(answer.status).toBe(400);
    expect(plain(await answer.text())).toMatch(/This page cannot be shown .*policy\.yaml:\d+.*votres/);
    writeFileSync(open.world.policyFile, kept);
  });
});

describe('who may vote', () => {
  const file = (text: string, mode = 0o600): string => {
    const path = join(open.world.folder, 'tokens');
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  it('is told by tokens that only their owner can read', async () => {
    const access = await tokenAccess(file('# voters\nann 0123456789abcdef\n'));
    expect(access.kind === 'token' && [access.identify('0123456789abcdef'), access.identify('')]).toEqual([
      'ann',
      undefined,
    ]);
    await expect(tokenAccess(file('ann 0123456789abcdef\n', 0o644))).rejects.toThrow(/others than its owner/);
    await expect(tokenAccess(file('ann 0123456789abcdef\nbob short\n'))).rejects.toThrow(
      /tokens:2: expected a handle/,
    );
  });
  it('is told by a proxy on this machine only', () => {
    expect(proxyAccess('X-Forwarded-User', '127.0.0.1').kind).toBe('proxy');
    expect(() => proxyAccess('X-Forwarded-User', '0.0.0.0')).toThrow(/anybody who reaches 0\.0\.0\.0/);
  });
});

describe('the export', () => {
  const filesOf = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(one => one.isFile())
      .map(one => posix.relative(folder, join(one.parentPath, one.name)));
  it('is whole, without dead links and without what is embargoed', async () => {
    const folder = join(open.world.folder, 'public');
    const { pages, left } = await exportSite(open.site(false), folder, 5000);
    expect(left).toBe(0);
    const files = filesOf(folder);
    expect(files.filter(file => file.endsWith('.html'))).toHaveLength(pages);
    expect(files).toEqual(
      expect.arrayContaining([
        ...releasePages.map(release),
        address.run('cand-0'),
        'assets/dashboard.css',
        '.nojekyll',
      ]),
    );
    for (const file of files.filter(one => one.endsWith('.html'))) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect(text).not.toMatch(new RegExp(`${secretVersion.replaceAll('.', '\\.')}|secretrun|cl\\.secret`));
      expect(text).toContain('static copy');
      for (const [, href = ''] of text.matchAll(/ (?:href|src)="([^":#]+)["#]/g))
        expect(existsSync(join(folder, dirname(file), href)), `${file}: ${href}`).toBe(true);
    }
    expect(await textOf(address.board)).toContain(secretVersion);
  });
  it('keeps to its number of pages, nearest to the board first', async () => {
    const folder = join(open.world.folder, 'few');
    expect(await exportSite(open.site(false), folder, 3)).toMatchObject({ pages: 3 });
    expect(filesOf(folder)).toContain(address.board);
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).not.toContain('href="runs.html"');
  });
  it('leaves folders of others alone', async () => {
    await expect(exportSite(open.site(false), open.world.folder, 3)).rejects.toThrow(
      /no export of the dashboard wrote/,
    );
  });
});

describe('news', () => {
  it('are a new moment whenever something was imported', async () => {
    const site = open.site(true);
    const before = await site.moment();
    const folder = join(open.world.folder, 'fresh');
    mkdirSync(folder);
    const events = scriptedEvents({
      run: 'fresh',
      target: { image: { version: '4459.2.2', digest: digestOf('a') } },
      results: [{ scenario: 'a' }],
    });
    writeFileSync(join(folder, 'events.ndjson'), asNdjson(events));
    expect((await site.newest()).stamp).toBe(before.stamp);
    await importPath(open.store, folder, {}, now);
    expect((await site.newest()).stamp).not.toBe(before.stamp);
  });
});
