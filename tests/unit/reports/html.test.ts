import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldRun } from '../../../reports/fold-run.ts';
import { logWindow } from '../../../reports/html/log-window.ts';
import { embedJson, renderPage } from '../../../reports/html/page.ts';
import { pageData, relativeHref } from '../../../reports/html/page-data.ts';
import { html } from '../../../reports/html.ts';
import type { RunEvent } from '../../../src/core/event.ts';
import { anyText } from '../../support/any-text.ts';
import { EventLog, failureOf } from '../../support/events.ts';
import { openPage } from '../../support/page.ts';
import {
  hostileRun,
  hostileText,
  interruptedRun,
  mixedRun,
  passedRun,
  twoTargetRun,
} from '../../support/runs.ts';

const pageOf = (events: readonly RunEvent[], files: Readonly<Record<string, string>> = {}): string => {
  const reporter = html.create({ readFile: path => files[path] });
  for (const event of events) reporter.event?.(event);
  return reporter.finish?.() ?? '';
};

const panicFolder = 'qemu/amd64/cl.disk.raid1.data/1/a3m1';
const consoleText = Array.from({ length: 900 }, (_, n) =>
  n + 1 === 214 ? 'Kernel panic - not syncing' : `line ${n + 1}`,
).join('\n');
const files = { [`${panicFolder}/console.txt`]: consoleText, [`${panicFolder}/journal.txt`]: 'one\ntwo\n' };
const panicKey = 'qemu/amd64/reference:cl.disk.raid1.data';

describe('the page', () => {
  it('asks for nothing from outside and runs only its own script', () => {
    const page = pageOf(mixedRun(), files);
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
    const [, script = ''] = /<script>(.*?)<\/script>/s.exec(page) ?? [];
    const digest = createHash('sha256').update(script).digest('base64');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'sha256-${digest}'`);
    expect(policy).not.toContain('unsafe');
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page).not.toMatch(/\son[a-z]+=/);
    expect(page).not.toMatch(/\sstyle="/);
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(/);
  });

  it('shows verdict and notice first, then what to look at', () => {
    const page = pageOf(twoTargetRun());
    const order = [
      '<h1 class="bad">',
      'not Flatcar: nothing here',
      'What to look at: 1 cause',
      'id="results"',
    ];
    const places = order.map(text => page.indexOf(text));
    expect(Math.min(...places)).toBeGreaterThan(0);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('says of a run without an end that it has none', () => {
    expect(pageOf(interruptedRun())).toContain('INTERRUPTED: the run has no end; 1 of 3');
    expect(pageOf([])).toContain('<h1 class="bad">');
  });

  it('draws every machine, with text beside the colours', () => {
    const page = pageOf(mixedRun());
    const [svg = ''] = /<svg viewBox="0 0 1200.*?<\/svg>/s.exec(page) ?? [];
    // A machine for each attempt: eight scenarios, of which two were tried twice and one never.
    expect(svg.match(/<a /g)).toHaveLength(9);
    expect(svg).toContain('failed, 27.0 s</title>');
    expect(svg).toContain('✗ cl.filesystem');
  });

  it('keeps hostile texts text', () => {
    const hostile = '</script><script>alert(1)</script><img src=x onerror=alert(1)>';
    const page = pageOf(hostileRun(), { 'qemu/amd64/cl.hostile/1/a1m1/console.txt': hostile });
    const outside = page.replace(/<script type="application\/json".*?<\/script>/s, '');
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(outside).not.toContain('<img');
    expect(outside).toContain('&lt;img src=x onerror=alert(2)&gt;');
    const rows = openPage(page, `#open=${encodeURIComponent('qemu/amd64/reference:cl.hostile')}`).rows();
    expect(rows[0]?.textContent).toContain(hostile);
    expect(rows[0]?.find('img')).toEqual([]);
    expect(rows[0]?.find('script')).toEqual([]);
  });
});

describe('embedJson', () => {
  it('cannot end its script element, and reads back', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.constant(hostileText)), text => {
        const json = embedJson({ text });
        expect(json).not.toMatch(/[<\u2028\u2029]/);
        expect(JSON.parse(json)).toEqual({ text });
      }),
    );
  });
});

describe('the script', () => {
  it('lists what needs attention first', () => {
    const page = openPage(pageOf(mixedRun()));
    expect(page.rows().map(row => row.find('span', 'name')[0]?.textContent)).toEqual([
      'cl.filesystem',
      'cl.disk.raid1.data',
      'coreos.ignition.once',
      'cl.internet',
      'kubeadm.base',
      'docker.base',
      'cl.tpm',
      'cl.basic',
    ]);
    expect(page.element('count').textContent).toBe('8 results');
    expect(page.element('controls').hidden).toBe(false);
  });

  it('filters by outcome, text and target, and keeps the view in the address', () => {
    const page = openPage(pageOf(twoTargetRun()));
    page.chip('failed').dispatch('click');
    expect(page.rows()).toHaveLength(2);
    expect(page.chip('failed').getAttribute('aria-pressed')).toBe('true');
    page.element('target').value = 'aws/arm64/beta';
    page.element('target').dispatch('change');
    expect(page.rows().map(row => row.id)).toEqual(['r:aws/arm64/beta:cl.verity']);
    expect(page.hash()).toBe('#outcome=failed&target=aws%2Farm64%2Fbeta');
    expect(page.element('count').textContent).toBe('1 of 4 results');
    page.element('clear').dispatch('click');
    expect([page.rows().length, page.hash()]).toEqual([4, '']);
    page.element('search').value = 'READ-ONLY verity';
    page.element('search').dispatch('input');
    expect(page.rows()).toHaveLength(2);
  });

  it('shows the view of an address, and ignores what makes no sense', () => {
    const events = pageOf(twoTargetRun());
    expect(openPage(events, '#outcome=failed&q=aws').rows()).toHaveLength(1);
    expect(openPage(events, '#outcome=__proto__,nonsense&target=nowhere').rows()).toHaveLength(4);
  });

  it('opens a linked result although filters hide it', () => {
    const page = openPage(pageOf(mixedRun(), files), '#outcome=passed');
    expect(page.rows()).toHaveLength(1);
    page.goTo(`#outcome=passed&open=${encodeURIComponent(panicKey)}`);
    const row = page.rows().find(one => one.id === `r:${panicKey}`);
    expect(row?.open).toBe(true);
    expect(page.hash()).toBe(`#open=${encodeURIComponent(panicKey).replaceAll('%20', '+')}`);
  });

  it('shows attempts with checks, machines and the marked log', () => {
    const page = openPage(pageOf(mixedRun(), files));
    const row = page.rows().find(one => one.id === `r:${panicKey}`)!;
    expect(row.find('div', 'attempt')).toHaveLength(0);
    row.open = true;
    expect(row.find('div', 'attempt')).toHaveLength(2);
    expect(row.find('mark').map(mark => mark.textContent)).toEqual(['Kernel panic - not syncing']);
    expect(row.find('p', 'gap').map(gap => gap.textContent)).toEqual([
      '93 lines left out',
      '226 lines left out',
    ]);
    expect(row.find('a').map(link => link.href)).toEqual([
      `./${panicFolder}/console.txt`,
      `./${panicFolder}/journal.txt`,
    ]);
    expect(row.textContent).toContain('kola run --platform=qemu --image=reference cl.disk.raid1.data');
    expect(page.hash()).toContain('open=');
  });

  it('shows long lists in steps', () => {
    const scenarios = Array.from({ length: 450 }, (_, n) => ({
      name: `s${n}`,
      attempts: [{ outcome: 'passed' as const }],
    }));
    const page = openPage(pageOf(new EventLog(scenarios, { slots: 20 }).write()));
    expect(page.rows()).toHaveLength(200);
    expect(page.element('more').textContent).toBe('Show more (250 hidden)');
    page.element('more').dispatch('click');
    expect([page.rows().length, page.element('more').hidden]).toEqual([450, true]);
  });
});

describe('logWindow', () => {
  const lines = Array.from({ length: 1000 }, (_, n) => `${n + 1}`).join('\n');

  it('keeps the end of a log', () => {
    const { parts, lines: total } = logWindow(lines, undefined, 10);
    expect(total).toBe(1000);
    expect(parts).toEqual([{ from: 991, text: '991\n992\n993\n994\n995\n996\n997\n998\n999\n1000' }]);
  });

  it('keeps what surrounds the decisive line besides', () => {
    expect(logWindow(lines, 300, 10).parts.map(part => [part.from, part.text.split('\n').length])).toEqual([
      [180, 181],
      [991, 10],
    ]);
    expect(logWindow(lines, 995, 10).parts.map(part => part.from)).toEqual([875]);
    expect(logWindow('a\nb\n', 7, 10)).toEqual({ lines: 2, parts: [{ from: 1, text: 'a\nb' }] });
  });

  it('always contains the decisive line', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 500 }), (mark, tail) => {
        const found = logWindow(lines, mark, tail).parts.map(part => part.text.split('\n')[mark - part.from]);
        expect(found).toContain(String(mark));
      }),
    );
  });
});

describe('pageData', () => {
  it('leaves details out when there is no more room, those of passing results first', () => {
    const evidence = [{ source: 'console' as const, text: 'x'.repeat(4_000_000) }];
    const failure = failureOf('product', 'broken', { evidence });
    const scenarios = Array.from({ length: 10 }, (_, n) =>
      n < 8
        ? { name: `bad${n}`, attempts: [{ outcome: 'failed' as const, failure }] }
        : { name: `good${n}`, attempts: [{ outcome: 'passed' as const }] },
    );
    const model = foldRun(new EventLog(scenarios).write());
    const data = pageData(model, { readFile: () => undefined });
    expect(data.results.map(result => result.more !== undefined)).toEqual([
      ...Array(7).fill(true),
      ...Array(3).fill(false),
    ]);
    expect(openPage(renderPage(model, data)).rows()).toHaveLength(10);
  });
});

describe('relativeHref', () => {
  it('is a path below the page, whatever the name', () => {
    expect(relativeHref('javascript:alert(1)/a b#c?d"')).toBe('./javascript%3Aalert(1)/a%20b%23c%3Fd%22');
    expect(relativeHref('/etc/passwd')).toBe('.//etc/passwd');
  });
});

describe('a passing run', () => {
  it('shows no word that makes people worry', () => {
    const text = pageOf(passedRun()).replace(/<(script|style)[^>]*>.*?<\/\1>/gs, '');
    expect(text).not.toMatch(/error|fail/i);
  });
});
