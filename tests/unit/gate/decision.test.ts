import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decisionMarkdown, verdictMarkdown } from '../../../src/gate/decision/markdown.ts';
import { castVote, closeMeeting, openMeeting, type Vote } from '../../../src/gate/decision/meeting.ts';
import { latestRecord } from '../../../src/gate/decision/record-file.ts';
import { replay, verifyRecord } from '../../../src/gate/decision/verify.ts';
import { postNotice, recordNotice, verdictNotice } from '../../../src/gate/decision/webhook.ts';
import type { GateInput } from '../../../src/gate/input.ts';
import { decide } from '../../../src/gate/verdict.ts';
import { failure, goInput, hour, now, result, target } from '../../support/gate-input.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-decision-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const candidate = goInput().candidate;
const open = (input: GateInput = goInput()) => openMeeting(folder, input, 'ann');
const vote = (voter: string, how: Vote['vote'], requirement?: string, at = now) =>
  castVote(
    folder,
    candidate,
    { voter, vote: how, reason: 'because', ...(requirement === undefined ? {} : { requirement }) },
    { now: at },
  );
const close = (at = now, conditions: { requirement: string; text: string }[] = []) =>
  closeMeeting(folder, candidate, { by: 'ann', conditions }, { now: at });
const undecided = goInput({ adoption: [] });
const noGo = goInput({ targets: [target('run1', [failure('a'), result('b')])] });

describe('a meeting', () => {
  it('freezes its inputs, and the verdict can be computed from them again byte for byte', async () => {
    const { file, record, verdict } = await open();
    expect(verdict.overall).toBe('GO');
    expect(readdirSync(folder).sort()).toEqual(['stable-4459.2.1.evidence.json', 'stable-4459.2.1.json']);
    expect(record.entries[0]).toMatchObject({ runs: ['run1'], digests: [expect.stringMatching(/^sha256:/)] });
    expect(await replay(file)).toMatchObject({ same: true });
    expect((await verifyRecord(file)).problems).toEqual([]);
  });

  it('closes as GO with more than half of the voters, and then stands', async () => {
    await open();
    await vote('ann', 'go');
    await expect(close()).rejects.toThrow(
      /no quorum: 1 GO and 0 NO-GO; more than 1.5 of 3 voters are needed; not voted: bob, cat; one GO and no NO-GO are enough from 2026-11-16T15:00:00.000Z on/,
    );
    await vote('bob', 'go');
    const { file, record } = await close();
    expect(record.entries.at(-1)).toMatchObject({ type: 'closed', outcome: 'GO', how: 'majority' });
    await expect(vote('cat', 'go')).rejects.toThrow(/was closed as GO/);
    await expect(close()).rejects.toThrow(/was closed as GO/);
    await expect(open()).rejects.toThrow(/is closed as GO/);
    expect((await verifyRecord(file)).problems).toEqual([]);
  });

  it('closes by lazy consensus after its hours, unless somebody said no', async () => {
    await open();
    await vote('ann', 'go');
    await vote('bob', 'no-go', 'scenarios@qemu/amd64');
    await expect(close(now + 4 * hour)).rejects.toThrow(/no quorum: 1 GO and 1 NO-GO/);
    await vote('bob', 'abstain');
    await expect(close(now + 2 * hour)).rejects.toThrow(/no quorum/);
    const { record } = await close(now + 4 * hour);
    expect(record.entries.at(-1)).toMatchObject({
      outcome: 'GO',
      how: 'lazy-consensus',
      tally: { go: 1, noGo: 0, abstain: 1 },
    });
  });

  it('closes as NO-GO without a vote when a requirement is unmet, and can be opened again', async () => {
    await open(noGo);
    await vote('ann', 'go');
    await vote('bob', 'go');
    expect((await close()).record.entries.at(-1)).toMatchObject({ outcome: 'NO-GO', how: 'machine-verdict' });
    const again = await open();
    expect(again.file).toMatch(/stable-4459\.2\.1\.2\.json$/);
    expect(again.record.round).toBe(2);
    expect((await latestRecord(folder, candidate))?.file).toBe(again.file);
  });

  it('needs a condition for everything that is missing', async () => {
    await open(undecided);
    await vote('ann', 'go');
    await vote('bob', 'go');
    await expect(close()).rejects.toThrow(/a GO has to name what is missing as its conditions: adoption/);
    const { record } = await close(now, [{ requirement: 'adoption', text: 'ask the update server' }]);
    expect(record.entries.at(-1)).toMatchObject({ outcome: 'GO', conditions: [{ requirement: 'adoption' }] });
  });

  it('takes votes of voters only, and no NO-GO about nothing', async () => {
    await open();
    await expect(vote('eve', 'go')).rejects.toThrow(/eve is not among the voters ann, bob, cat/);
    await expect(vote('ann', 'no-go')).rejects.toThrow(/has to name the requirement/);
    await expect(vote('ann', 'no-go', 'weather')).rejects.toThrow(/no requirement weather/);
    expect((await latestRecord(folder, candidate))?.record.entries).toHaveLength(1);
  });

  it('loses no vote of those who vote at once', async () => {
    await open();
    await Promise.all(['ann', 'bob', 'cat'].map(voter => vote(voter, 'go')));
    const found = await latestRecord(folder, candidate);
    expect(found?.record.entries.filter(entry => entry.type === 'voted')).toHaveLength(3);
    expect((await verifyRecord(found!.file)).problems).toEqual([]);
    expect(readdirSync(folder).filter(name => /lock|tmp/.test(name))).toEqual([]);
  });

  it('is not opened twice, and not by an emergency that nobody approved', async () => {
    await open();
    await expect(open()).rejects.toThrow(/is open/);
    const emergency = { kind: 'embargo' as const, reason: 'CVE', shorten: ['soak'], approvedBy: ['ann'] };
    await expect(openMeeting(folder, goInput({ emergency }), 'ann')).rejects.toThrow(/1 of 2 approvals/);
  });

  it('refuses names that would lead out of the folder', async () => {
    const input = goInput({ candidate: { channel: 'stable', version: '../../4459.2.1' } });
    await expect(openMeeting(folder, input, 'ann')).rejects.toThrow(/make no file name/);
  });
});

describe('tampering', () => {
  const change = async (edit: (text: string) => string, name = 'stable-4459.2.1.json') => {
    const { file } = await open();
    await vote('ann', 'go');
    await vote('bob', 'go');
    const path = join(folder, name);
    writeFileSync(path, edit(readFileSync(path, 'utf8')));
    return file;
  };
  it.each([
    [
      'a vote',
      (text: string) => text.replace('"because"', '"I was made to"'),
      /entry 2 \(voted\) was changed/,
    ],
    [
      'the verdict',
      (text: string) => text.replace('"overall": "GO"', '"overall": "NO-GO"'),
      /entry 1 \(opened\) was changed/,
    ],
    [
      'an entry taken out',
      (text: string) => {
        const record = JSON.parse(text) as { entries: unknown[] };
        return JSON.stringify({ ...record, entries: record.entries.toSpliced(1, 1) });
      },
      /entry 2 is numbered 3; entry 3 does not follow/,
    ],
  ])('with %s is seen, and nothing is added to it', async (_name, edit, message) => {
    const file = await change(edit);
    expect((await verifyRecord(file)).problems.join('; ')).toMatch(message);
    await expect(close()).rejects.toThrow(message);
  });
  it('with the evidence is seen', async () => {
    const file = await change(
      text => text.replace('"outcome":"passed"', '"outcome":"failed"'),
      'stable-4459.2.1.evidence.json',
    );
    expect((await verifyRecord(file)).problems[0]).toMatch(
      /evidence\.json is not what the record was opened with/,
    );
    await expect(replay(file)).rejects.toThrow(/is not what the record was opened with/);
  });
});

describe('what people read', () => {
  it('is Markdown that no message can break out of', async () => {
    const nasty = 'x | y <img src=x onerror=alert(1)> `code` @everyone [a](http://b)\n# title';
    const { record, verdict } = await open(
      goInput({ targets: [target('run1', [failure('a', 's', { message: nasty }), result('b')])] }),
    );
    const text = decisionMarkdown(record, verdict);
    expect(text).toContain('⛔ NO-GO');
    expect(text).toContain('`scenarios@qemu/amd64`');
    expect(text).not.toMatch(/<img|@everyone|\[a\]\(|^# title/m);
    expect(text.length).toBeLessThan(60_000);
  });
  it('names the waived and stays short with hundreds of failures', () => {
    const results = Array.from({ length: 500 }, (_, index) => failure(`s${index}`));
    const text = verdictMarkdown(decide(goInput({ targets: [target('run1', results)] })));
    expect(text).toMatch(/… and \d+ more/);
    expect(text.length).toBeLessThan(60_000);
  });
});

describe('the webhook', () => {
  it('tells what changed, in the form that is wanted', async () => {
    const bodies: unknown[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', chunk => {
        text += String(chunk);
      });
      request.on('end', () => {
        bodies.push(JSON.parse(text));
        response.writeHead(request.url?.startsWith('/no') ? 403 : 204).end();
      });
    });
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const { record } = await open();
      await postNotice(url, 'chat', recordNotice(record));
      const voted = await vote('bob', 'no-go', 'soak');
      await postNotice(url, 'json', recordNotice(voted.record));
      expect(bodies[0]).toEqual({
        text: 'stable 4459.2.1: vote is open, verdict GO; not voted: ann, bob, cat',
        content: 'stable 4459.2.1: vote is open, verdict GO; not voted: ann, bob, cat',
      });
      expect(bodies[1]).toMatchObject({
        event: 'voted',
        text: 'stable 4459.2.1: bob votes no-go over soak (0 GO, 1 NO-GO; not voted: ann, cat)',
      });
      await expect(postNotice(`${url}/no?token=secret`, 'chat', recordNotice(record))).rejects.toThrow(
        /^the webhook at 127\.0\.0\.1:\d+ answers 403$/,
      );
    } finally {
      server.close();
    }
    await expect(
      postNotice(
        'http://127.0.0.1:1/token',
        'chat',
        recordNotice((await latestRecord(folder, candidate))!.record),
      ),
    ).rejects.toThrow(/^the webhook at 127\.0\.0\.1:1 cannot be reached/);
    await expect(
      postNotice('no url secret', 'chat', recordNotice((await latestRecord(folder, candidate))!.record)),
    ).rejects.toThrow(/^the URL of the webhook is not valid$/);
  });
  it('is silent about verdicts that are the same, and names what is not', () => {
    expect(verdictNotice(decide(goInput()), decide(goInput({ now: now + 1 })))).toBeUndefined();
    expect(verdictNotice(decide(goInput()), decide(noGo))?.text).toBe(
      'stable 4459.2.1: GO → NO-GO; scenarios@qemu/amd64 is unmet',
    );
  });
});
