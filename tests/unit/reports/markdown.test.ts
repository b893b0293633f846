import { describe, expect, it } from 'vitest';
import { foldRun } from '../../../reports/fold-run.ts';
import { renderMarkdown } from '../../../reports/markdown.ts';
import { EventLog, failureOf, type ScenarioFixture } from '../../support/events.ts';
import { hostileRun, interruptedRun, mixedRun, passedRun, twoTargetRun } from '../../support/runs.ts';

describe('renderMarkdown', () => {
  it.each(
    Object.entries({
      passed: passedRun,
      mixed: mixedRun,
      interrupted: interruptedRun,
      'two-targets': twoTargetRun,
      hostile: hostileRun,
    }),
  )('writes a %s run', async (name, make) => {
    await expect(renderMarkdown(foldRun(make()))).toMatchFileSnapshot(`golden/${name}.md.txt`);
  });

  it('begins with the verdict and what the image is', () => {
    const lines = renderMarkdown(foldRun(passedRun())).split('\n');
    expect(lines[0]).toBe('# ✅ PASS: all scenarios passed');
    expect(lines[2]).toMatch(/^> \*\*This is the reference guest and not Flatcar/);
  });

  it('lets no log out of its fence', () => {
    const text = renderMarkdown(foldRun(hostileRun()));
    let fence: string | undefined;
    for (const line of text.split('\n')) {
      const ticks = /^`{3,}/.exec(line)?.[0];
      if (fence === undefined && ticks !== undefined) fence = ticks;
      else if (fence !== undefined && line === fence) fence = undefined;
      else if (fence === undefined) expect(line).not.toMatch(/<(script|img|!--)/);
    }
    expect(fence).toBeUndefined();
  });

  it('stays below a mebibyte and says what it left out, the same each time', () => {
    const evidence = [{ source: 'console' as const, text: '✗ line of evidence\n'.repeat(500) }];
    const word = (n: number): string =>
      String.fromCharCode(97 + (n % 26), 97 + ((n / 26) % 26), 97 + n / 676);
    const scenarios = Array.from({ length: 3000 }, (_, n): ScenarioFixture => {
      const failure = failureOf('product', `expected ${word(n)} ${'long '.repeat(300)}`, { evidence });
      return { name: `s${n}`, attempts: [{ outcome: 'failed', failure }] };
    });
    const events = new EventLog(scenarios, { slots: 50 }).write({ exitCode: 1, verdict: 'FAIL' });
    const text = renderMarkdown(foldRun(events));
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
    expect(text).toMatch(/_… and 2800 more causes: see/);
    expect(text).toContain('Run `rabc2345`');
    expect(renderMarkdown(foldRun(events))).toBe(text);
  });
});
