import { address } from '../addresses.ts';
import { empty, filterBox, type Page, releaseHead } from '../layout.ts';
import { clean, html, type Markup } from '../markup.ts';
import type { CoverageModel, Frame } from '../model.ts';

/** V7: how many scenarios each place runs, against its floor and the last releases, and why others do not run. */
export const coveragePage = (frame: Frame, model: CoverageModel): Page => ({
  title: `Coverage: ${model.head.channel} ${model.head.version}`,
  section: address.board,
  body: html`${releaseHead(frame, model.head, 'coverage')}
<h2>Scenarios per place</h2>
${model.rows.length === 0 ? empty('Nothing was planned.') : table(frame, model)}
<h2>Not selected, and why</h2>
${model.reasons.length === 0 ? empty('Nothing was left out, or only foreign reports were imported, which do not say.') : reasons(frame, model)}`,
});

const table = (
  frame: Frame,
  model: CoverageModel,
): Markup => html`<div class="card scroll"><table><thead><tr><th>Place</th><th>Role</th><th class="number">Floor</th><th class="number">Tested</th>${model.versions.map((version, index) => html`<th class="number"><a href="${frame.root}${address.release(model.head.channel, version, 'coverage')}">${clean(version)}</a>${index === 0 ? ' planned' : ''}</th>`)}</tr></thead>
<tbody>${model.rows.map(row => {
  const low = row.floor !== null && row.tested < row.floor;
  return html`<tr><th scope="row">${clean(row.place)}</th><td>${row.role}</td><td class="number">${row.floor ?? html`<span class="quiet">–</span>`}</td>
<td class="number">${low ? html`<span class="state doubtful"><span class="glyph" aria-hidden="true">↓</span>${row.tested} below the floor</span>` : row.tested}</td>${row.planned.map((count, index) => html`<td class="number">${count ?? html`<span class="quiet">–</span>`} ${delta(count, row.planned[index + 1] ?? null)}</td>`)}</tr>`;
})}</tbody></table></div>`;

const delta = (count: number | null, before: number | null): Markup => {
  if (count === null || before === null || count === before) return html``;
  return count > before
    ? html`<span class="good">+${count - before}</span>`
    : html`<span class="doubtful">−${before - count}</span>`;
};

const reasons = (frame: Frame, model: CoverageModel): Markup =>
  html`${filterBox('reasons', 'Filter reasons')}<div class="card scroll"><table class="stack" id="reasons"><thead><tr><th>Reason</th><th>Places</th><th>Scenarios</th></tr></thead><tbody>${model.reasons.map(
    row => html`<tr data-row><td><span class="kind">${clean(row.code)}</span> ${clean(row.text)}</td><td class="text">${row.places
      .slice(0, 8)
      .map(one => clean(one))
      .join(', ')}${row.places.length > 8 ? ` and ${row.places.length - 8} more` : ''}</td>
<td class="text">${row.scenarios.slice(0, 20).map(name => html`<a href="${frame.root}${address.scenario(name)}">${clean(name)}</a> `)}${row.scenarios.length > 20 ? html`<span class="quiet">and ${row.scenarios.length - 20} more</span>` : ''}</td></tr>`,
  )}</tbody></table></div>`;
