import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command } from '../../src/cli/commands/github.ts';
import { Settings } from '../../src/cli/settings/settings.ts';
import { exitCode } from '../../src/core/outcome.ts';
import { mixedRun } from '../support/runs.ts';

interface Comment {
  readonly id: number;
  body: string;
}

/** The part of GitHub's REST API that comments need, with pages as GitHub has them. */
const startGitHub = async (comments: Comment[], refuse?: number) => {
  const requests: string[] = [];
  const server: Server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://github');
    requests.push(`${request.method} ${url.pathname}`);
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (refuse !== undefined || request.headers.authorization !== 'Bearer secret-token')
      return answer(refuse ?? 401, { message: 'no' });
    if (request.method === 'GET') {
      const [page, size] = [Number(url.searchParams.get('page')), Number(url.searchParams.get('per_page'))];
      return answer(200, comments.slice((page - 1) * size, page * size));
    }
    const { body } = JSON.parse(await text(request)) as { body: string };
    if (body.length > 65_536) return answer(422, { message: 'body is too long' });
    if (request.method === 'POST' && url.pathname === '/repos/flatcar/kola/issues/7/comments')
      comments.push({ id: 1000 + comments.length, body });
    else {
      const known = comments.find(({ id }) => url.pathname === `/repos/flatcar/kola/issues/comments/${id}`);
      if (known === undefined) return answer(404, {});
      known.body = body;
    }
    answer(200, { id: 1 });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return { server, requests, api: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

let folder: string;
let open: Server[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kola-github-'));
  open = [];
  writeFileSync(
    join(folder, 'events.ndjson'),
    mixedRun()
      .map(event => `${JSON.stringify(event)}\n`)
      .join(''),
  );
  writeFileSync(join(folder, 'event.json'), JSON.stringify({ pull_request: { number: 7 } }));
});
afterEach(() => {
  for (const server of open) server.close();
  rmSync(folder, { recursive: true });
});

const publish = async (options: Record<string, string | boolean>, env: Record<string, string> = {}) => {
  const lines: string[] = [];
  const settings = new Settings(
    new Map(Object.entries(options).map(([name, value]) => [name, { value, origin: `--${name}` }])),
  );
  const code = await command.run({
    args: ['publish', folder],
    settings,
    argv: [],
    commands: [],
    terminal: {
      out: line => lines.push(line),
      err: line => lines.push(line),
      write: written => lines.push(written),
      env: {
        GITHUB_OUTPUT: join(folder, 'output'),
        GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
        GITHUB_EVENT_PATH: join(folder, 'event.json'),
        GITHUB_REPOSITORY: 'flatcar/kola',
        GITHUB_TOKEN: 'secret-token',
        ...env,
      },
      cwd: folder,
      interactive: false,
      outIsTty: false,
    },
  });
  return { code, lines };
};

describe('kola github publish', () => {
  it('sets the outputs that action.yml promises, from the events', async () => {
    expect((await publish({})).code).toBe(exitCode.passed);
    const outputs = Object.fromEntries(
      readFileSync(join(folder, 'output'), 'utf8')
        .trim()
        .split('\n')
        .map(line => line.split('=')),
    );
    expect(outputs).toMatchObject({ verdict: 'failed', 'report-path': folder });
    const counted = ['passed', 'failed', 'flaky', 'infra', 'blocked'].map(name => Number(outputs[name]));
    expect(counted.every(count => Number.isInteger(count))).toBe(true);
    // Of the eight, kubeadm.base was not run and cl.tpm was skipped.
    expect(counted).toEqual([1, 3, 1, 0, 1]);
  });

  it('adds to the summary and stays below its limit, whatever was there', async () => {
    writeFileSync(join(folder, 'summary.md'), 'before\n');
    await publish({});
    const summary = readFileSync(join(folder, 'summary.md'), 'utf8');
    expect(summary).toMatch(/^before\n# ❌ /);
    writeFileSync(join(folder, 'summary.md'), 'x'.repeat(1024 * 1024 - 66_000));
    await publish({});
    expect(readFileSync(join(folder, 'summary.md')).length).toBeLessThan(1024 * 1024);
  });

  it('has one comment, found among many, and changes it', async () => {
    const others = Array.from({ length: 130 }, (_, id) => ({ id, body: 'LGTM' }));
    const { server, api, requests } = await startGitHub(others);
    open.push(server);
    await publish({ comment: true, 'artifact-url': 'https://example.com/run' }, { GITHUB_API_URL: api });
    expect(others).toHaveLength(131);
    const first = others.at(-1)?.body ?? '';
    expect(first).toMatch(/^<!-- kola: report -->\n# ❌ /);
    expect(first).toContain('https://example.com/run');
    await publish({ comment: true }, { GITHUB_API_URL: api });
    expect(others).toHaveLength(131);
    expect(others.at(-1)?.body).not.toContain('https://example.com/run');
    expect(requests.at(-1)).toBe('PATCH /repos/flatcar/kola/issues/comments/1130');
    await publish({ comment: true, label: 'nightly' }, { GITHUB_API_URL: api });
    expect(others).toHaveLength(132);
  });

  it('warns and goes on where a fork may not write, and shows no token', async () => {
    const { server, api } = await startGitHub([], 403);
    open.push(server);
    const { code, lines } = await publish({ comment: true }, { GITHUB_API_URL: api });
    expect(code).toBe(exitCode.passed);
    expect(lines.join('\n')).toMatch(
      /::warning title=No comment on the pull request::GitHub answered .* 403/,
    );
    expect(lines.join('\n')).toContain('pull-requests: write');
    expect(lines.join('\n')).not.toContain('secret-token');
  });

  it('warns when there is no pull request', async () => {
    writeFileSync(join(folder, 'event.json'), '{"ref": "refs/heads/main"}');
    const { lines } = await publish({ comment: true });
    expect(lines.join('\n')).toContain('expected the event of a pull request, found none in it');
  });

  it('refuses a folder that is no run', async () => {
    rmSync(join(folder, 'events.ndjson'));
    await expect(publish({})).rejects.toThrow('is no run folder');
  });
});
