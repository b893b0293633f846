import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeOnce } from '../../../../src/image/reference/draft.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'kola-draft-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

const dir = (): string => join(cache, 'guest');
const finished = async (): Promise<boolean> => existsSync(join(dir(), 'image.json'));
const fill = (text: string) => async (draft: string) => {
  writeFileSync(join(draft, 'image.json'), text);
};

describe('makeOnce', () => {
  it('makes it once, though two ask at once, and says who is waited for', async () => {
    const said: string[] = [];
    let fills = 0;
    const build = () =>
      makeOnce(dir(), { finished, log: line => said.push(line) }, async draft => {
        fills += 1;
        await vi.waitUntil(() => said.length > 0, { timeout: 10_000 });
        await fill('new')(draft);
      });
    expect((await Promise.all([build(), build()])).sort()).toEqual([false, true]);
    expect(fills).toBe(1);
    expect(said).toEqual([expect.stringMatching(/^Waiting for .*, which makes .*guest$/)]);
    expect(readdirSync(cache)).toEqual(['guest']);
  });

  it('leaves nothing of a build that failed, and nothing stands in the way of the next', async () => {
    const failing = makeOnce(dir(), { finished }, async draft => {
      await fill('half')(draft);
      throw new Error('no space');
    });
    await expect(failing).rejects.toThrow('no space');
    expect(readdirSync(cache)).toEqual([]);
    expect(await makeOnce(dir(), { finished }, fill('whole'))).toBe(true);
  });

  it('called off at the last moment, it puts nothing in place', async () => {
    const stop = new AbortController();
    const build = makeOnce(dir(), { finished, signal: stop.signal }, async draft => {
      await fill('new')(draft);
      stop.abort(new Error('interrupted'));
    });
    await expect(build).rejects.toThrow('interrupted');
    expect(readdirSync(cache)).toEqual([]);
  });

  it('removes what a killed build of the same image left, and no draft of another', async () => {
    mkdirSync(join(cache, '.guest.build-dead'));
    mkdirSync(join(cache, '.guest-aws.build-busy'));
    await makeOnce(dir(), { finished }, fill('new'));
    expect(readdirSync(cache).sort()).toEqual(['.guest-aws.build-busy', 'guest']);
  });

  it('takes the place of an image that was not good enough', async () => {
    await makeOnce(dir(), { finished }, fill('old'));
    expect(await makeOnce(dir(), { finished: async () => false }, fill('new'))).toBe(true);
    expect(readFileSync(join(dir(), 'image.json'), 'utf8')).toBe('new');
    expect(readdirSync(cache)).toEqual(['guest']);
  });
});
