import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderPage } from '../../../reports/dashboard/layout.ts';
import { clean, html, outside } from '../../../reports/dashboard/markup.ts';
import type { Frame, RunModelView, ScenarioPoint } from '../../../reports/dashboard/model.ts';
import { runPage } from '../../../reports/dashboard/views/run.ts';
import { scenarioPage } from '../../../reports/dashboard/views/scenario.ts';
import { age, meetingText, state } from '../../../reports/dashboard/words.ts';
import { anyText } from '../../support/any-text.ts';

const frame: Frame = {
  root: '../',
  at: Date.parse('2026-11-16T12:00:00Z'),
  live: true,
  access: 'none',
  marks: { synthetic: false, reference: false },
};
const minute = 60_000;

const point = (over: Partial<ScenarioPoint> = {}): ScenarioPoint => ({
  scenario: 'a',
  run: 'r1',
  place: 'qemu/amd64',
  channel: 'stable',
  version: '1.2.0',
  outcome: 'passed',
  cause: null,
  infrastructure: false,
  message: null,
  attempts: 1,
  at: frame.at - minute,
  took: 1000,
  boot: 500,
  marks: { synthetic: false, reference: false },
  ...over,
});

const scenario = (results: readonly ScenarioPoint[], name = 'a'): string =>
  renderPage(
    frame,
    scenarioPage(frame, {
      scenario: name,
      results,
      flake: { score: 0, flips: 0, trend: 'unknown' },
      waivers: [],
    }),
  );

/** Names of all elements in a document. */
const elements = (page: string): string[] =>
  [...page.matchAll(/<([a-zA-Z][\w-]*)/g)].map(([, name]) => name ?? '').sort();

describe('pages', () => {
  it('have the same elements whatever texts they show', () => {
    const plain = elements(scenario([point({ outcome: 'failed', message: 'm', run: 'r', version: 'v' })]));
    fc.assert(
      fc.property(anyText, anyText, (message, name) => {
        const text = scenario(
          [point({ outcome: 'failed', message: `<b>${message}`, run: name, version: name })],
          name,
        );
        expect(elements(text)).toEqual(plain);
        expect(text).not.toMatch(/ (on\w+|style)=/);
      }),
      { numRuns: 60 },
    );
  });
  it('allow no inline script or style', () => {
    const page = scenario([point()]);
    expect(page).toContain('script-src &#39;self&#39;');
    expect(page).not.toContain('unsafe');
    expect(page).not.toMatch(/<style|<script(?! src="\.\.\/assets\/)/);
  });
  it('follow links of the web only', () => {
    expect(String(outside('javascript:alert(1)', 'x'))).toBe('<span>x</span>');
    expect(String(outside('https://e.org/?a="b"', 'x'))).toContain('href="https://e.org/?a=&quot;b&quot;"');
  });
  it('take control characters out of texts', () => {
    expect(String(html`${clean('a\u001b[31mb\u202ec\n<d>')}`)).toBe('abc &lt;d&gt;');
  });
});

describe('the grid of a scenario', () => {
  it('shows the worst result of a version, and links to its run', () => {
    const page = scenario([
      point(),
      point({ outcome: 'failed', run: 'bad', at: frame.at - 2 * minute }),
      point({ outcome: 'passed', run: 'other', version: '1.1.0', at: frame.at - 3 * minute }),
    ]);
    expect(page.match(/<td><a class="bad" href="\.\.\/run\/bad\.html"/g)).toHaveLength(1);
    expect(page.match(/<td><a class="good" href="\.\.\/run\/other\.html"/g)).toHaveLength(1);
    expect(page).toContain('2 results, the worst is shown');
    expect(page.indexOf('>1.2.0<')).toBeLessThan(page.indexOf('>1.1.0<'));
  });
  it('gives infrastructure a sign of its own', () => {
    const page = scenario([point({ outcome: 'failed', infrastructure: true, cause: 'capacity' })]);
    expect(page).toContain('qemu/amd64, stable 1.2.0: infrastructure');
    expect(page).not.toMatch(/<td><a class="bad"/);
  });
  it('shows thirty versions at most', () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      point({ version: `1.${index}.0`, at: frame.at - index * minute }),
    );
    expect(scenario(many).match(/<th scope="col">/g)).toHaveLength(30);
  });
});

const run = (over: Partial<RunModelView>): string =>
  renderPage(
    frame,
    runPage(frame, {
      run: 'r1',
      format: 'kola',
      imported: false,
      startedAt: frame.at - 10 * minute,
      lastAt: frame.at,
      ended: true,
      verdict: null,
      targets: [],
      machines: [],
      attempts: [],
      marks: { synthetic: false, reference: false },
      ...over,
    }),
  );

describe('the timeline of a run', () => {
  const machine = (id: string, from: number, to: number) => ({
    attempt: id,
    machine: id,
    role: 'machine',
    scenario: 'a.scenario',
    number: 1,
    outcome: 'failed',
    provisioningAt: frame.at - from * minute,
    bootingAt: frame.at - (from - 1) * minute,
    readyAt: frame.at - (from - 2) * minute,
    endedAt: frame.at - to * minute,
  });
  it('has as many lanes as machines at once, and says how busy they were', () => {
    const page = run({ machines: [machine('a', 10, 5), machine('b', 10, 0), machine('c', 5, 0)] });
    expect(page).toContain('3 machines in 2 lanes over 10 min 00 s');
    expect(page).toContain('100 %');
    expect(page.match(/class="booting"/g)).toHaveLength(3);
    expect(page).toContain('✗ a.scenario');
  });
});

describe('words', () => {
  it('name a state besides colouring it', () => {
    expect(String(state('unmet', 3)).replace(/<[^>]*>/g, '')).toBe('✗3 unmet');
    expect(String(state('no such state'))).toContain('no such state');
  });
  it.each([
    [0, 'now'],
    [90 * minute, '90 min'],
    [5 * 60 * minute, '5 h'],
    [72 * 60 * minute, '3 d'],
  ])('tell ages: %i ms', (ms, text) => {
    expect(age(frame.at - ms, frame.at)).toBe(text);
  });
  it('tell how far a meeting is', () => {
    expect(meetingText({ state: 'voting', go: 1, noGo: 0, voters: 3, lazyFrom: frame.at })).toBe(
      'voting: 1 GO, 0 NO-GO of 3, one GO is enough from 2026-11-16 12:00 UTC',
    );
  });
});
