import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/gate/canonical.ts';
import { openMeeting } from '../../src/gate/decision/meeting.ts';
import { replay } from '../../src/gate/decision/verify.ts';
import { gather } from '../../src/gate/gather.ts';
import { parsePolicy } from '../../src/gate/policy/load.ts';
import { decide } from '../../src/gate/verdict.ts';
import { historyReader } from '../../src/store/history.ts';
import { importAdoptionFile, importIssuesFile, importReleaseFile } from '../../src/store/import/facts.ts';
import { importPath } from '../../src/store/import/files.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { asNdjson, digestOf, type ScriptedRun, scriptedEvents } from '../support/event-log.ts';
import { facts, now, policyText } from '../support/gate-input.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-gate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const candidate = { channel: 'stable', version: '4459.2.1' };
const policy = parsePolicy('policy.yaml', policyText);
const json = (name: string, value: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
};
const runFolder = (script: ScriptedRun): string => {
  const path = join(folder, script.run ?? 'run');
  mkdirSync(path);
  writeFileSync(join(path, 'events.ndjson'), asNdjson(scriptedEvents(script)));
  return path;
};
const both = [{ scenario: 'a' }, { scenario: 'b' }];

/** Everything that a GO needs, through the files that a person would import. */
const steps: ((store: Store) => Promise<unknown>)[] = [
  store =>
    importPath(store, runFolder({ run: 'cand', at: '2026-11-16T08:00:00.000Z', results: both }), {}, now),
  store =>
    importPath(
      store,
      runFolder({
        run: 'old',
        target: { image: { version: '4459.2.0', digest: digestOf('o') } },
        results: both,
      }),
      {},
      now,
    ),
  ...['14', '15'].map(
    day => (store: Store) =>
      importPath(
        store,
        runFolder({
          run: `night${day}`,
          target: { image: { version: `4459.2.1+nightly-202611${day}-2100` } },
          results: both,
        }),
        {},
        now,
      ),
  ),
  store => importReleaseFile(store, json('r1.json', facts('4459.2.1'))),
  store =>
    importReleaseFile(store, json('r0.json', facts('4459.2.0', { releasedAt: '2026-10-20T00:00:00Z' }))),
  store =>
    importReleaseFile(
      store,
      json('b.json', facts('4459.1.3', { channel: 'beta', releasedAt: '2026-11-01T00:00:00Z' })),
    ),
  store =>
    importAdoptionFile(
      store,
      json('a.json', [{ channel: 'beta', version: '4459.1.3', at: '2026-11-15T00:00:00Z', machines: 40 }]),
    ),
];
const inputOf = (store: Store) => gather(historyReader(store), { now, policy, candidate, waivers: [] });

describe('from the store to the verdict', () => {
  it('is a GO with everything there, whatever the order of imports', async () => {
    await using store = await openStore(join(folder, 'one.db'));
    for (const step of steps) await step(store);
    const input = await inputOf(store);
    const verdict = decide(input);
    expect(verdict.overall, canonicalJson(verdict)).toBe('GO');
    expect(input.previous?.version).toBe('4459.2.0');

    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    await using other = await openStore(join(folder, 'other.db'));
    for (const step of steps.toReversed()) await step(other);
    expect(canonicalJson(decide(await inputOf(other)))).toBe(canonicalJson(verdict));
  });

  it('is UNDECIDED with a store that is not there', async () => {
    await using store = await openStore(join(folder, 'none.db'), { mode: 'read' });
    expect(decide(await inputOf(store)).overall).toBe('UNDECIDED');
  });

  it('is replayed from the record alone, after the store is gone', async () => {
    const store = await openStore(join(folder, 'gone.db'));
    for (const step of steps) await step(store);
    const { file } = await openMeeting(join(folder, 'decisions'), await inputOf(store), 'ann');
    await store[Symbol.asyncDispose]();
    rmSync(join(folder, 'gone.db'));
    expect(await replay(file)).toMatchObject({ same: true, verdict: { overall: 'GO' } });
  });

  it('sees an issue that is imported later', async () => {
    await using store = await openStore(join(folder, 'issue.db'));
    for (const step of steps) await step(store);
    const issue = {
      id: 'F#1',
      url: 'https://example.org/1',
      title: 't',
      state: 'open',
      kind: 'blocker',
      versions: ['4459.*'],
    };
    await importIssuesFile(store, json('issues.json', [issue]));
    expect(decide(await inputOf(store)).overall).toBe('NO-GO');
    await importIssuesFile(store, json('issues.json', [{ ...issue, state: 'closed' }]));
    expect(decide(await inputOf(store)).overall).toBe('GO');
  });

  it('never counts the reference guest, whatever it calls itself', async () => {
    await using store = await openStore(join(folder, 'guest.db'));
    for (const step of steps.slice(1)) await step(store);
    const image = { kind: 'reference' as const, notice: 'not Flatcar' };
    await importPath(store, runFolder({ run: 'guest', target: { image }, results: both }), {}, now);
    const verdict = decide(await inputOf(store));
    expect(verdict.overall).toBe('UNDECIDED');
    expect(verdict.ignored).toEqual([
      {
        run: 'guest',
        target: 'qemu/amd64/stable',
        reason: 'it tested a reference image; the policy flatcar counts flatcar images only',
      },
    ]);
  });
});

describe('importing files', () => {
  const hints = { arch: 'amd64' as const, channel: 'stable', digest: digestOf('a'), at: now };
  it('finds out what they are', async () => {
    await using store = await openStore(':memory:');
    const go = join(folder, 'go');
    mkdirSync(join(go, 'reports'), { recursive: true });
    writeFileSync(
      join(go, 'reports/report.json'),
      JSON.stringify({
        tests: [{ name: 'a', result: 'PASS', duration: 1, output: '' }],
        platform: 'do',
        version: '4459.2.1',
      }),
    );
    writeFileSync(join(folder, 'x.tap'), '1..1\nok - a # SKIP\n');
    writeFileSync(join(folder, 'x.xml'), '<testsuite><testcase name="a"/></testsuite>');
    const told = {
      ...hints,
      platform: 'vmware',
      version: '4459.2.1',
      synthetic: true,
      policy: 'example',
      embargoed: true,
    };
    expect((await importPath(store, go, hints, now)).run).toMatch(/^go-kola-/);
    expect((await importPath(store, join(folder, 'x.tap'), told, now)).run).toMatch(/^tap-/);
    expect((await importPath(store, join(folder, 'x.xml'), told, now)).run).toMatch(/^junit-/);
    expect(await importPath(store, join(folder, 'x.xml'), told, now)).toMatchObject({ change: 'unchanged' });
    const targets = await historyReader(store).targets({ version: '4459.2.1' });
    expect(
      targets.map(one => [one.platform, one.synthetic, one.policy, one.results[0]?.outcome]).sort(),
    ).toEqual([
      ['digitalocean', false, null, 'passed'],
      ['vmware', true, 'example', 'passed'],
      ['vmware', true, 'example', 'skipped'],
    ]);
    expect(await historyReader(store).targets({ embargoed: false })).toHaveLength(1);
  });
  it.each([
    ['nothing', 'gone', undefined, /gone: no such file or folder/],
    ['an empty folder', '.', undefined, /not a run folder: none of events\.ndjson/],
    ['another file', 'x.txt', 'hello', /x\.txt: neither a kola log, nor a Go kola report/],
    ['a report without its context', 'x.tap', '1..1\nok - a\n', /x\.tap does not say what it was run on/],
  ])('says what is wrong with %s', async (_name, name, text, message) => {
    await using store = await openStore(':memory:');
    if (text !== undefined) writeFileSync(join(folder, name), text);
    await expect(importPath(store, join(folder, name), {}, now)).rejects.toThrow(message);
  });
  it('names what is wrong with facts, and keeps nothing of them', async () => {
    await using store = await openStore(':memory:');
    const wrong = join(folder, 'r.yaml');
    writeFileSync(wrong, JSON.stringify({ ...facts('1'), relesedAt: 'x' }));
    await expect(importReleaseFile(store, wrong)).rejects.toThrow(
      /r\.yaml: expected the facts of a release: .*relesedAt/,
    );
    await expect(importAdoptionFile(store, json('a.json', [{ channel: 'x' }]))).rejects.toThrow(
      /expected a list of adoption records: 0\.version/,
    );
    expect(await historyReader(store).versions('stable')).toEqual([]);
  });
});
