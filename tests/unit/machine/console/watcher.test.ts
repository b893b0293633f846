import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScenarioError } from '../../../../src/core/errors.ts';
import type { ConsoleSource } from '../../../../src/core/platform.ts';
import { checkLog, logTail } from '../../../../src/machine/console/check-log.ts';
import { followConsole } from '../../../../src/machine/console/follow.ts';
import { hitError, type RuleHit } from '../../../../src/machine/console/hit.ts';
import { consoleRules } from '../../../../src/machine/console/rules.ts';
import { LogWatcher, type WatchOptions } from '../../../../src/machine/console/watcher.ts';

const rules = consoleRules();
const panic = '[    1.5] Kernel panic - not syncing: VFS: Unable to mount root fs';
const brief = (hits: readonly RuleHit[]) => hits.map(hit => `${hit.line}:${hit.rule}`);
const check = (text: string, options?: WatchOptions) => brief(checkLog(text, rules, options));
const counting = (text: string, options?: WatchOptions) =>
  checkLog(text, rules, options).filter(hit => hit.excused === undefined);

describe('a hit', () => {
  test('has the line number, what the pattern captured and the lines before', () => {
    const text = `${Array.from({ length: 30 }, (_, n) => `line ${n + 1}`).join('\r\n')}\r\n${panic}\r\nafter\r\n`;
    const [hit] = checkLog(text, rules);
    expect(hit).toMatchObject({
      rule: 'kernel-panic',
      severity: 'fatal',
      line: 31,
      text: panic,
      description: 'kernel panic (VFS: Unable to mount root fs)',
    });
    expect(hit?.excerpt).toHaveLength(21);
    expect(hit?.excerpt[0]).toBe('line 11');
    expect(hit?.excerpt.at(-1)).toBe(panic);
    const error = hitError(hit!, { source: 'console', machine: 'm1', path: 'a/console.txt' });
    expect(error.message).toBe(
      'found kernel panic (VFS: Unable to mount root fs) on the console of machine m1',
    );
    expect(error).toMatchObject({ kind: 'product', code: 'kernel-panic' });
    expect(error.evidence[0]).toMatchObject({
      source: 'console',
      line: 31,
      path: 'a/console.txt',
      machine: 'm1',
    });
  });

  test('is found through colours, cursor movements and overwritten text', () => {
    expect(
      check(
        '[\u001b[0;1;31mFAILED\u001b[0m] Failed to \u001b[1mstart\u001b[0m \u001b[0;1;39mfoo.service\u001b[0m.\n',
      ),
    ).toEqual(['1:unit-failed-to-start']);
    expect(check('\u001b[2J\u001b[01;01Halloc magic is broken at 0x1\n')).toEqual([
      '1:grub-memory-corruption',
    ]);
    expect(check('[ ***  ] A start job is running\r[FAILED] Failed to start a.service\nnext\n')).toEqual([
      '1:unit-failed-to-start',
    ]);
  });

  test('is the same however the text is cut', () => {
    const text = `first\r\n[FAILED] Failed to start a.service\r\n\u001b[1mgrüße\u001b[0m spin\rspun\r${panic}\r\nOops: 1\n`;
    const whole = check(text);
    expect(whole).toEqual(['2:unit-failed-to-start', '3:kernel-panic', '4:kernel-oops']);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), cuts => {
        const watcher = new LogWatcher(rules);
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const hits = places
          .slice(1)
          .flatMap((place, index) => watcher.feed(text.slice(places[index], place)));
        expect(brief([...hits, ...watcher.end()])).toEqual(whole);
      }),
    );
  });

  test('on an unfinished line is found when the log is quiet, once', () => {
    const watcher = new LogWatcher(rules);
    expect(watcher.feed('boot\nPress Enter for emergency shell or wait 5 min')).toEqual([]);
    expect(brief(watcher.idle())).toEqual(['2:emergency-shell']);
    expect(watcher.idle()).toEqual([]);
    expect(watcher.feed('utes\n')).toEqual([]);
    expect(brief(watcher.feed('You are in emergency mode\n'))).toEqual(['3:emergency-shell']);
  });

  test('is reported at most twenty times a rule, and excused ones do not use that up', () => {
    const quoted = 'Nov 20 18:19:34 host sudo[1]: core : COMMAND=/bin/echo Oops:\n';
    const real = '[  1.0] Oops: 0002\n';
    expect(counting(quoted.repeat(50) + real.repeat(50))).toHaveLength(20);
  });

  test('on an endless line costs no more than a bounded look', () => {
    const watcher = new LogWatcher(rules);
    const started = performance.now();
    for (let n = 0; n < 200; n++) watcher.feed('EXT4-fs warning (device vda9): '.repeat(100));
    expect(performance.now() - started).toBeLessThan(1500);
  });
});

describe('an excuse', () => {
  test('is that the scenario allows the rule, or one that silences it', () => {
    expect(counting(`${panic}\n`, { allow: ['kernel-panic'] })).toEqual([]);
    expect(checkLog(`${panic}\n`, rules, { allow: ['kernel-panic'] })[0]?.excused).toBe(
      'allowed by the scenario',
    );
    expect(counting('Failed to start a.service\n', { allow: ['emergency-shell'] })).toEqual([]);
    expect(counting('Failed to start a.service\n', { allow: ['kernel-panic'] })).toHaveLength(1);
  });

  test('holds for one hit only', () => {
    const text =
      '[ 1.0] Buffer I/O error on dev sr0, logical block 0\n[ 1.0] Buffer I/O error on dev vda, logical block 0\n';
    expect(brief(counting(text))).toEqual(['2:disk-io-error']);
    expect(check(text)).toEqual(['1:disk-io-error', '2:disk-io-error']);
  });

  test('is that another program says it in the journal, also in continued lines', () => {
    const prefix = 'Nov 20 18:19:34.123456 host';
    expect(counting(`${prefix} myapp[7]: Failed to start engine\n`)).toEqual([]);
    expect(counting(`${prefix} myapp[7]: first\n            Failed to start engine\n`)).toEqual([]);
    expect(counting(`${prefix} systemd[1]: Failed to start a.service\n`)).toHaveLength(1);
  });

  test('names no rule that does not exist', () => {
    expect(() => new LogWatcher(rules, { allow: ['kernel-panics'] })).toThrow(ScenarioError);
  });

  test('is that the image has no SELinux, or is older than the rule', () => {
    const denial = 'audit: type=1400 audit(1.1:5): avc:  denied  { read } for pid=1\n';
    expect(check(denial)).toEqual(['1:selinux-denial']);
    expect(check(denial, { selinux: false })).toEqual([]);
    expect(check(denial, { major: 4207 })).toEqual([]);
    expect(check(denial, { major: 4208 })).toEqual(['1:selinux-denial']);
  });
});

describe('following a console', () => {
  const source = (follow: ConsoleSource['follow']): ConsoleSource => ({ follow, text: () => '' });

  test('reports a prompt without line break within two seconds', async () => {
    const stop = new AbortController();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const { promise: found, resolve: find } = Promise.withResolvers<RuleHit>();
    const started = performance.now();
    const following = followConsole(
      source(async function* () {
        yield 'Press Enter for emergency';
        yield ' shell';
        await ended;
      }),
      new LogWatcher(rules),
      find,
      stop.signal,
    );
    expect((await found).rule).toBe('emergency-shell');
    expect(performance.now() - started).toBeLessThan(2000);
    end();
    await following;
  });

  test('ends quietly with its signal, and loudly when the console breaks', async () => {
    const stop = new AbortController();
    const broken = async function* () {
      yield 'text';
      throw new Error('file gone');
    };
    const hits: RuleHit[] = [];
    const follow = () =>
      followConsole(source(broken), new LogWatcher(rules), hit => hits.push(hit), stop.signal);
    await expect(follow()).rejects.toThrow('file gone');
    stop.abort();
    await expect(follow()).resolves.toBeUndefined();
  });
});

test('the tail of a log has its last lines', () => {
  expect(logTail('a\r\nb\r\nc\r\n', 2)).toBe('b\nc');
});
