import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, kola } from '../cli/kola.ts';
import { eventsOf, makePlace } from './runs.ts';

/** External tests on a real machine: one that reboots in both ways, one that fails, one that does not apply. */
const place = makePlace();
let ended: Ended;

beforeAll(async () => {
  ended = await kola(
    [
      'run',
      '--platform=qemu',
      '--image=reference',
      `--output-dir=${place.runDir}`,
      `--exttest=${fileURLToPath(new URL('exttest', import.meta.url))}`,
      'ext.*',
    ],
    { env: place.env },
  );
});
afterAll(() => place[Symbol.dispose]());

describe('kola run --exttest', () => {
  it.each([
    ['reboots', 'passed', undefined],
    ['fails', 'failed', /^exit-status: the test exited 3: the word on why/],
    ['skips', 'skipped', /^exit 77: nothing to do here/],
  ])('%s: %s', (name, outcome, reason) => {
    const result = eventsOf(place.runDir).find(
      event => event.type === 'result.decided' && event.subject.scenario === `ext.exttest.basic.${name}`,
    );
    if (result?.type !== 'result.decided') throw new Error(`no result; the run said:\n${ended.stderr}`);
    expect(result.outcome, result.reason).toBe(outcome);
    if (reason !== undefined) expect(result.reason).toMatch(reason);
  });

  it('exits 1, because one failed', () => {
    expect(ended.code).toBe(1);
  });
});
