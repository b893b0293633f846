import { duration } from '../../printable.ts';
import { address } from '../addresses.ts';
import { empty, filterBox, fresh, type Page } from '../layout.ts';
import { clean, html } from '../markup.ts';
import type { FlakesModel, Frame } from '../model.ts';
import { state, wordOf } from '../words.ts';

/** V9: what fails and passes by turns, the most restless first. */
export const flakesPage = (frame: Frame, model: FlakesModel): Page => ({
  title: 'Flakes',
  section: address.flakes,
  body: html`<h1>Flakes <span class="quiet">last ${model.days} days</span></h1>
<p class="quiet">The score counts changes between pass and failure, recent ones more: 0 is steady, 100 changes every time. What fails always is broken, not flaky.</p>
${
  model.rows.length === 0
    ? empty('Nothing failed and passed by turns.')
    : html`${filterBox('flakes', 'Filter flakes')}<div class="card scroll"><table class="stack" id="flakes"><thead><tr><th class="number">#</th><th>Scenario</th><th>Place</th><th class="number">Score</th><th>Trend</th><th>Newest first</th><th class="number">Failures before a pass</th><th class="number">Wasted</th><th>Suggested</th><th class="number">Last</th></tr></thead><tbody>${model.rows.map(
        (
          row,
          index,
        ) => html`<tr data-row><td class="number quiet">${index + 1}</td><th scope="row"><a href="${frame.root}${address.scenario(row.scenario)}">${clean(row.scenario)}</a></th><td class="nowrap">${clean(row.place)}</td>
<td class="number" data-label="score"><b>${row.score}</b></td><td>${row.trend === 'unknown' ? html`<span class="quiet">too few</span>` : state(row.trend)}</td>
<td class="strip" title="${row.last.join(', ')}">${row.last.slice(0, 20).map(outcome => html`<span class="${wordOf(outcome).tone}">${wordOf(outcome).glyph}</span>`)}</td>
<td class="number" data-label="failures before a pass">${row.flaky}</td><td class="number" data-label="wasted">${duration(row.wasted)}</td><td>${clean(row.action)}</td><td class="number">${fresh(row.lastAt, frame)}</td></tr>`,
      )}</tbody></table></div>`
}`,
});
