import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { kola } from './kola.ts';
import { ReleaseWorld } from './release-world.ts';

let world: ReleaseWorld;
beforeEach(() => {
  world = new ReleaseWorld(mkdtempSync(join(tmpdir(), 'kola-gate-')));
});
afterEach(() => rmSync(world.folder, { recursive: true }));

const gate = (...args: string[]) => kola(['gate', ...args, ...world.gate], { cwd: world.folder });

/** Facts and a run in which both scenarios passed. */
const importGo = () => world.import({ run: 'good', results: [{ scenario: 'a' }, { scenario: 'b' }] });
const bothFailed = [
  { scenario: 'a', outcome: 'failed', message: 'no /dev/sda4 after 30 s' },
  { scenario: 'b', outcome: 'failed', message: 'no /dev/sda9 after 31 s' },
] as const;
const importNoGo = () => world.import({ run: 'bad', results: bothFailed });

describe('the verdict', () => {
  test('a store that does not exist is an empty one: UNDECIDED, and none is made', async () => {
    const { code, stdout, stderr } = await gate();
    expect(stdout).toMatch(/^stable 4459\.2\.1: UNDECIDED\n/);
    expect({ code, stderr }).toEqual({ code: 8, stderr: '' });
    expect(existsSync(world.store)).toBe(false);
  });

  test('GO exits 0', async () => {
    await importGo();
    const { code, stdout } = await gate();
    expect(stdout).toMatch(/^stable 4459\.2\.1: GO\n.*\n {2}amd64 {2}GO {9}2 passed, 0 flaky/);
    expect(code).toBe(0);
  });

  test('NO-GO exits 7, and says how many causes there are', async () => {
    await importNoGo();
    const { code, stdout } = await gate();
    expect(stdout).toMatch(/^stable 4459\.2\.1: NO-GO\n/);
    expect(stdout).toMatch(/Unmet:\n {2}scenarios@qemu\/amd64: /);
    expect(stdout).toMatch(/2 failures, 1 cause:\n {2}2 × check: no \/dev\/sda# after # s\n/);
    expect(stdout).toMatch(/kola run --platform=qemu --channel=stable --image-version=4459\.2\.1 a\n/);
    expect(code).toBe(7);
  });

  test('--json is the same verdict for machines', async () => {
    await importNoGo();
    const { code, stdout } = await gate('--json');
    expect(JSON.parse(stdout)).toMatchObject({
      candidate: { channel: 'stable', version: '4459.2.1' },
      overall: 'NO-GO',
      arches: [{ arch: 'amd64', decision: 'NO-GO' }],
      failures: [{ failures: 2, scenarios: ['a', 'b'] }],
    });
    expect(code).toBe(7);
  });

  test('what was planned and never came is missing, and an infrastructure failure too', async () => {
    const capacity = { scenario: 'b', outcome: 'failed', cause: 'capacity', message: 'no room' } as const;
    await world.import({ run: 'r', results: [{ scenario: 'a' }, capacity], unfinished: ['c'] });
    const { code, stdout } = await gate();
    expect(stdout).toMatch(/^stable 4459\.2\.1: UNDECIDED\n/);
    expect(stdout).not.toMatch(/Unmet:/);
    expect(code).toBe(8);
  });

  test('results of the reference guest and synthetic ones do not count', async () => {
    const results = [{ scenario: 'a' }];
    await world.import(
      { run: 'guest', target: { image: { kind: 'reference' } }, results },
      { run: 'made', synthetic: true, results },
    );
    const { code, stdout } = await gate();
    expect(stdout).toMatch(/run guest, qemu\/amd64\/stable: it tested a reference image/);
    expect(stdout).toMatch(/run made, qemu\/amd64\/stable: its results are synthetic/);
    expect(code).toBe(8);
  });

  test('a waiver covers the failure it describes and no other', async () => {
    await importNoGo();
    const waiver = (scenario: string, signature: string): void =>
      writeFileSync(
        join(world.folder, `policy/waivers/${scenario}.yaml`),
        [
          `scenario: ${scenario}`,
          'platforms: [qemu]',
          'arches: [amd64]',
          'channels: [stable]',
          'versions: { from: 4459.2.0, until: 4459.3.0 }',
          `signature: '${signature}'`,
          'tracker: https://example.org/1',
          'reason: known, harmless',
          'author: ann',
          'approver: bob',
          'expires: 2099-01-01',
        ].join('\n'),
      );
    waiver('a', 'check: no /dev/sda# after # s');
    expect((await gate()).code).toBe(7);
    waiver('b', 'check: something else entirely');
    expect((await gate()).code).toBe(7);
    waiver('b', 'check: no /dev/sda*');
    const { code, stdout } = await gate();
    expect(stdout).toMatch(/Waived:\n/);
    expect(stdout).not.toContain('Waivers to look at');
    expect(code).toBe(0);
    waiver('no.such.scenario', 'check: whatever it was');
    expect((await gate()).stdout).toMatch(
      /\nWaivers to look at:\n {2}no\.such\.scenario matches nothing: no result of no\.such\.scenario /,
    );
  });

  test('a run that is set aside is named, and needs a second person', async () => {
    await importGo();
    // Passed and failed is flaky, and two of that are more than the budget.
    await world.import({ run: 'odd', results: bothFailed });
    expect((await gate()).code).toBe(7);
    const aside = (more: string): void =>
      writeFileSync(join(world.folder, 'aside.yaml'), `- { run: odd, reason: wrong disk, by: ann${more} }\n`);
    aside('');
    expect((await gate('--set-aside=aside.yaml')).code).toBe(7);
    aside(', approvedBy: bob');
    const { code, stdout } = await gate('--set-aside=aside.yaml');
    expect(stdout).toMatch(/run odd is set aside by ann: wrong disk \(approved by bob\)/);
    expect(code).toBe(0);
  });

  test('an emergency shortens what the policy lets it, by the approvers of the policy', async () => {
    const results = [{ scenario: 'a' }, { scenario: 'b' }];
    await world.import({ run: 'stale', at: '2026-01-05T08:00:00.000Z', results });
    expect((await gate()).code).toBe(8);
    const emergency = (shorten: string, approvers: string): void =>
      writeFileSync(
        join(world.folder, 'emergency.yaml'),
        `{ kind: emergency, reason: CVE, shorten: [${shorten}], approvedBy: [${approvers}] }`,
      );
    emergency('freshness', 'ann');
    expect((await gate('--emergency=emergency.yaml')).code).toBe(8);
    emergency('freshness', 'ann, bob');
    expect((await gate('--emergency=emergency.yaml')).code).toBe(0);
  });

  test('the board of a release day', async () => {
    await importGo();
    const flags = world.gate.slice(0, 2);
    const { code, stdout } = await kola(['gate', 'board', 'stable:4459.2.1', 'stable:4459.2.9', ...flags]);
    expect(stdout).toMatch(/^stable +4459\.2\.1 +amd64 +GO +0 +0 /m);
    expect(stdout).toMatch(/^stable +4459\.2\.9 +amd64 +UNDECIDED /m);
    expect(stdout).toMatch(/\nrelease day: UNDECIDED\n$/);
    expect(code).toBe(8);
  });

  test('PostgreSQL gives the same verdict', async () => {
    const server = startPostgres();
    try {
      const store = `--store=${server.createDatabase()}`;
      const run = world.run({ run: 'bad', results: bothFailed });
      const call = (...args: string[]) => kola([...args, store], { cwd: world.folder });
      expect((await call('import', run)).stdout).toMatch(/added run bad, 2 results/);
      expect((await call('import', 'release', 'facts.json')).code).toBe(0);
      const { code, stdout } = await call('gate', ...world.gate.slice(1));
      expect(stdout).toMatch(/2 failures, 1 cause:/);
      expect(code).toBe(7);
    } finally {
      server.stop();
    }
  });

  test('kola.yaml may say where store and policy are, but not which release', async () => {
    await importGo();
    writeFileSync(
      join(world.folder, 'kola.yaml'),
      'store: history.db\npolicy: policy/test.yaml\nchannel: stable\n',
    );
    const call = (...args: string[]) => kola(['gate', ...args], { cwd: world.folder });
    expect((await call('--channel=stable', '--version=4459.2.1')).code).toBe(0);
    expect(await call('--version=4459.2.1')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/expected --channel and --version/),
    });
  });
});

describe('the decision', () => {
  const record = (): string => join(world.folder, 'policy/decisions/stable-4459.2.1.json');

  test('open, vote, close, replay, verify; then nothing can be added', async () => {
    await importGo();
    const opened = await gate('open', '--by=ann');
    expect(opened).toMatchObject({ code: 0, stderr: '' });
    expect(opened.stdout).toBe('policy/decisions/stable-4459.2.1.json: verdict GO, vote is open\n');
    expect(await gate('open', '--by=bob')).toMatchObject({ code: 3 });

    const early = await gate('close', '--by=ann');
    expect(early).toMatchObject({ code: 8, stdout: '' });
    expect(early.stderr).toMatch(/no quorum: 0 GO and 0 NO-GO; more than 1\.5 of 3 voters are needed/);

    expect((await gate('vote', 'go', '--by=ann', '--reason=all green')).code).toBe(0);
    expect(await gate('vote', 'go', '--by=eve')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/eve is not among the voters/),
    });
    expect(await gate('vote', 'no-go', '--by=bob')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/a no-go vote has to name the requirement/),
    });
    await gate('vote', 'go', '--by=bob');
    expect(await gate('close', '--by=ann')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/closed as GO by majority/),
    });
    expect((await gate('vote', 'go', '--by=cat')).code).toBe(3);

    // The store may be gone: the record stands by itself.
    rmSync(world.store);
    expect(await gate('replay')).toMatchObject({ code: 0, stdout: expect.stringMatching(/the same bytes/) });
    expect(await kola(['gate', 'verify', record()])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: 4 entries, unchanged\n$/),
    });
    expect((await gate('verify', '--signed')).code).toBe(1);
    const { stdout } = await gate('show');
    expect(stdout).toMatch(/^# Decision: stable 4459\.2\.1\n\n\*\*✅ GO\*\* by majority/);
    expect(stdout).toMatch(/\| @ann \| go \| {2}\| all green \|/);
  });

  test('whoever changes a record or its evidence is found out', async () => {
    await importGo();
    await gate('open', '--by=ann');
    await gate('vote', 'go', '--by=ann', '--reason=fine');
    const whole = readFileSync(record(), 'utf8');
    writeFileSync(record(), whole.replace('"fine"', '"mine"'));
    const changed = await gate('verify');
    expect(changed.stdout).toMatch(/entry 2 \(voted\) was changed/);
    expect(changed.code).toBe(1);
    expect((await gate('vote', 'go', '--by=bob')).code).toBe(3);
    writeFileSync(record(), whole);

    const evidence = record().replace('.json', '.evidence.json');
    writeFileSync(evidence, readFileSync(evidence, 'utf8').replace('"passed"', '"failed"'));
    expect((await gate('verify')).code).toBe(1);
    expect(await gate('replay')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/is not what the record was opened with/),
    });
  });

  test('an unmet requirement closes as NO-GO, and the next round is another record', async () => {
    await importNoGo();
    expect((await gate('open', '--by=ann')).code).toBe(0);
    const closed = await gate('close', '--by=ann', '--next-review=2099-01-01T00:00:00Z');
    expect(closed).toMatchObject({
      code: 7,
      stdout: expect.stringMatching(/closed as NO-GO by machine verdict/),
    });
    expect((await gate('open', '--by=ann')).stdout).toMatch(/stable-4459\.2\.1\.2\.json/);
  });

  test('a GO on an UNDECIDED verdict needs its conditions', async () => {
    await world.import({ run: 'r', results: [{ scenario: 'a' }], unfinished: ['b'] });
    await gate('open', '--by=ann');
    for (const by of ['ann', 'bob']) await gate('vote', 'go', `--by=${by}`);
    const bare = await gate('close', '--by=ann');
    expect(bare).toMatchObject({ code: 8 });
    const names = /as its conditions: (.*)\n/.exec(bare.stderr)?.[1]?.split(', ') ?? [];
    expect(names.length).toBeGreaterThan(0);
    const conditions = names.map(name => `--condition=${name}=rerun, then ship`);
    expect((await gate('close', '--by=ann', ...conditions)).code).toBe(0);
    expect((await gate('show')).stdout).toContain('rerun, then ship');
  });

  test('entries are signed by SSH keys, and checked', async () => {
    await importGo();
    const key = join(world.folder, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    writeFileSync(join(world.folder, 'allowed'), `ann ${readFileSync(`${key}.pub`, 'utf8')}`);
    await gate('open', '--by=ann', `--sign-key=${key}`);
    const good = await gate('verify', '--signed', '--allowed-signers=allowed');
    expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/entry 1 signed by ann: valid/) });
    expect((await gate('verify')).stdout).toMatch(/entry 1 signed by ann: untrusted/);
    await gate('vote', 'go', '--by=bob');
    expect((await gate('verify', '--signed', '--allowed-signers=allowed')).code).toBe(1);
    expect(readFileSync(record(), 'utf8')).not.toContain('PRIVATE KEY');
  });

  test('voters are told, and a webhook that is away changes nothing', async () => {
    await importGo();
    const posts: string[] = [];
    const server = createServer(async (request, response) => {
      posts.push(await text(request));
      response.end();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const hook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/s3cret`;
    const call = (...args: string[]) =>
      kola(['gate', ...args, ...world.gate], { cwd: world.folder, env: { KOLA_WEBHOOK: hook } });
    await call('open', '--by=ann');
    expect(JSON.parse(posts[0] ?? '')).toMatchObject({
      text: expect.stringMatching(/vote is open, verdict GO/),
    });
    expect((await call('notify')).stdout).toMatch(/nothing has changed/);

    await world.import({ run: 'late', results: bothFailed });
    const changed = await call('notify', '--webhook-kind=json');
    expect(changed.stdout).toMatch(/stable 4459\.2\.1: GO → NO-GO; /);
    expect(JSON.parse(posts[1] ?? '')).toMatchObject({ event: 'verdict-changed' });

    await new Promise(resolve => server.close(resolve));
    const away = await call('vote', 'go', '--by=ann');
    expect(away.stderr).toMatch(/^warning: voters were not told/);
    expect(away.stderr).not.toContain('s3cret');
    expect(away.code).toBe(0);
  });
});

test.each([
  [['--arch=riscv'], /--arch riscv: expected amd64 or arm64/],
  [['--arch=arm64'], /the policy has no arm64 in channel stable/],
  [['--emergency=none.yaml'], /none\.yaml cannot be read/],
  [['--set-aside=facts.json'], /facts\.json:1:\d+: the file: /],
  [['bord'], /unknown action bord\n.*did you mean board\?/],
  [['vote', 'maybe', '--by=ann'], /expected go, no-go or abstain, found maybe/],
  [['vote', 'go'], /--by: expected a handle/],
  [['vote', 'go', '--by=ann'], /no decision about stable 4459\.2\.1 was opened/],
  [['replay', 'none.json'], /none\.json/],
  [['board', 'stable'], /expected CHANNEL:VERSION, found stable/],
  [['open', '--by=ann', '--sign-key=none'], /--sign-key none cannot be read/],
] satisfies [string[], RegExp][])('kola gate %j exits 3', async (args, says) => {
  const { code, stdout, stderr } = await gate(...args);
  expect(stderr).toMatch(says);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
});

test('a policy with a typo gives no verdict', async () => {
  await importGo();
  writeFileSync(world.policy, readFileSync(world.policy, 'utf8').replace('retries:', 'retires:'));
  const { code, stdout, stderr } = await gate();
  expect(stderr).toMatch(/test\.yaml:\d+:\d+: defaults\.\w+: /);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
});
