import { duration } from '../../printable.ts';
import { address } from '../addresses.ts';
import { durationTrend } from '../charts/trend.ts';
import { attemptAnchor, empty, filterBox, fresh, type Page } from '../layout.ts';
import { clean, html, type Markup } from '../markup.ts';
import type { Frame, ScenarioModel, ScenarioPoint } from '../model.ts';
import { badges, state, wordOf } from '../words.ts';

const columnsShown = 30;

/** V5: everything about one scenario, wherever it ran. */
export const scenarioPage = (frame: Frame, model: ScenarioModel): Page => ({
  title: model.scenario,
  section: address.scenarios,
  body: html`<p class="kicker">scenario</p><h1>${clean(model.scenario)} ${badges(frame.marks)}</h1>
${model.results.length === 0 ? empty('The store has no result of this scenario.') : shown(frame, model)}`,
});

const shown = (frame: Frame, model: ScenarioModel): Markup => html`${facts(frame, model)}
<h2>Last ${columnsShown} versions <span class="quiet">newest on the left</span></h2>${filterBox('grid', 'Filter places')}${grid(frame, model.results)}
<h2>Duration</h2><div class="card pad">${durationTrend(model.results)}<p class="legend"><span>dots: results</span><span>✗: failures</span><span>larger: flaky</span><span>line: running median of the passes</span></p></div>
<div class="columns"><section><h2>By platform</h2>${byPlace(model.results)}</section><section><h2>Failures</h2>${failures(frame, model.results)}</section></div>`;

const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${Math.floor((1000 * part) / whole) / 10} %`;

const facts = (frame: Frame, { results, flake, waivers }: ScenarioModel): Markup => {
  const told = results.filter(
    one => !one.infrastructure && ['passed', 'failed', 'flaky', 'timedout'].includes(one.outcome),
  );
  const strict = told.filter(one => one.outcome === 'passed').length;
  const lenient = told.filter(one => one.outcome === 'passed' || one.outcome === 'flaky').length;
  return html`<dl class="facts"><div><dt>passed at once</dt><dd>${percent(strict, told.length)}</dd></div><div><dt>passed at last</dt><dd>${percent(lenient, told.length)}</dd></div><div><dt>results</dt><dd>${results.length}</dd></div>
<div><dt>flake score</dt><dd><b>${flake.score}</b> ${flake.trend === 'unknown' ? '' : state(flake.trend)}</dd></div>${waivers.map(id => html`<div><dt>waiver</dt><dd><a href="${frame.root}${address.waivers}#${clean(id)}">${clean(id)}</a></dd></div>`)}</dl>`;
};

const grid = (frame: Frame, results: readonly ScenarioPoint[]): Markup => {
  const columns = [
    ...new Map(
      results.toSorted((a, b) => b.at - a.at).map(one => [`${one.channel}\n${one.version}`, one]),
    ).keys(),
  ].slice(0, columnsShown);
  const rows = [...Map.groupBy(results, one => one.place)].sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<div class="card scroll pad"><table class="grid" id="grid" data-grid><thead><tr><th class="corner"></th>${columns.map(
    column => {
      const [channel = '', version = ''] = column.split('\n');
      return html`<th scope="col"><a href="${frame.root}${address.release(channel, version)}" title="${clean(channel)} ${clean(version)}">${clean(version, 28)}</a></th>`;
    },
  )}</tr></thead><tbody>${rows.map(([place, own]) => {
    const byColumn = Map.groupBy(own, one => `${one.channel}\n${one.version}`);
    return html`<tr data-row><th scope="row">${clean(place)}</th>${columns.map(column => box(frame, byColumn.get(column) ?? []))}</tr>`;
  })}</tbody></table></div>`;
};

const severity = ['failed', 'timedout', 'flaky', 'interrupted', 'blocked', 'notrun', 'skipped', 'passed'];

/** Several results of a version: the worst is shown, all are told. */
const box = (frame: Frame, points: readonly ScenarioPoint[]): Markup => {
  const [worst] = points.toSorted((a, b) => severity.indexOf(a.outcome) - severity.indexOf(b.outcome));
  if (worst === undefined) return html`<td><span aria-label="no result">·</span></td>`;
  const { glyph, label, tone } = worst.infrastructure ? wordOf('infrastructure') : wordOf(worst.outcome);
  const said = [
    `${worst.place}, ${worst.channel} ${worst.version}: ${label}`,
    worst.message ?? '',
    points.length > 1 ? `${points.length} results, the worst is shown` : '',
  ].filter(text => text !== '');
  const marked = worst.marks.synthetic || worst.marks.reference ? ' marked' : '';
  return html`<td><a class="${tone}${marked}" href="${frame.root}${address.run(worst.run)}" title="${clean(said.join(' – '), 400)}" aria-label="${clean(said[0] ?? '')}">${glyph}</a></td>`;
};

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

const byPlace = (results: readonly ScenarioPoint[]): Markup =>
  html`<div class="card scroll"><table><thead><tr><th>Place</th><th class="number">Results</th><th class="number">p50</th><th class="number">p95</th><th class="number">Boot p50</th></tr></thead><tbody>${[
    ...Map.groupBy(results, one => one.place),
  ]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([place, own]) => {
      const times = own
        .filter(one => one.outcome === 'passed')
        .map(one => one.took)
        .sort((a, b) => a - b);
      const boots = own
        .map(one => one.boot)
        .filter(one => one !== null)
        .sort((a, b) => a - b);
      return html`<tr><th scope="row" class="nowrap">${clean(place)}</th><td class="number">${own.length}</td><td class="number">${times.length === 0 ? '–' : duration(quantile(times, 0.5))}</td><td class="number">${times.length === 0 ? '–' : duration(quantile(times, 0.95))}</td><td class="number">${boots.length === 0 ? '–' : duration(quantile(boots, 0.5))}</td></tr>`;
    })}</tbody></table></div>`;

const failures = (frame: Frame, results: readonly ScenarioPoint[]): Markup => {
  const bad = results.filter(one => one.outcome !== 'passed' && one.outcome !== 'skipped').slice(0, 20);
  if (bad.length === 0) return empty('None.');
  return html`<div class="card scroll"><table class="stack"><tbody>${bad.map(
    one => html`<tr><td>${one.infrastructure ? state('infrastructure') : state(one.outcome)}</td><td class="text">${clean(one.message ?? 'no reason given')}<div class="quiet">${clean(one.place)} · ${clean(one.channel)} ${clean(one.version)} · ${one.attempts} ${one.attempts === 1 ? 'attempt' : 'attempts'}</div></td>
<td class="nowrap"><a href="${frame.root}${address.run(one.run)}#${attemptAnchor(one.scenario, one.place)}">${clean(one.run, 14)}</a><div class="quiet">${fresh(one.at, frame)} ago</div></td></tr>`,
  )}</tbody></table></div>`;
};
