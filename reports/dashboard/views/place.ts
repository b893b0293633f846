import { duration } from '../../printable.ts';
import { address } from '../addresses.ts';
import { attemptAnchor, empty, filterBox, fresh, type Page, releaseHead } from '../layout.ts';
import { clean, html } from '../markup.ts';
import type { Frame, PlaceModel } from '../model.ts';
import { state } from '../words.ts';

const order = ['failed', 'flaky', 'missing', 'waived', 'passed'];

/** Every scenario of one platform and architecture of a release, what needs attention first. */
export const placePage = (frame: Frame, model: PlaceModel): Page => {
  const place = `${model.platform}/${model.arch}`;
  const rows = model.rows.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return {
    title: `${place}: ${model.head.channel} ${model.head.version}`,
    section: address.board,
    body: html`${releaseHead(frame, model.head, null)}
<h2>${clean(place)} <span class="quiet">${model.rows.length} scenarios</span></h2>
${
  rows.length === 0
    ? empty('No result of this place counts.')
    : html`${filterBox('rows', 'Filter scenarios')}
<div class="card scroll"><table class="stack" id="rows"><thead><tr><th>State</th><th>Scenario</th><th>Why</th><th class="number">Took</th><th class="number">Attempts</th><th class="number">Last</th><th>Run</th></tr></thead><tbody>${rows.map(
        row => html`<tr data-row><td>${row.state === 'missing' ? state(row.infrastructureOnly ? 'infrastructure' : 'notrun') : state(row.state)}</td>
<th scope="row"><a href="${frame.root}${address.scenario(row.scenario)}">${clean(row.scenario)}</a>${row.required ? '' : html` <span class="badge plain">not required</span>`}</th>
<td class="text">${clean(row.why, 400)}${row.waivers.map(one => html` <a href="${frame.root}${address.waivers}#${clean(one)}">waiver ${clean(one)}</a>`)}</td>
<td class="number" data-label="took">${row.took > 0 ? duration(row.took) : ''}</td><td class="number" data-label="attempts">${row.attempts ?? ''}</td>
<td class="number">${row.at === null ? '' : fresh(row.at, frame)}</td><td class="nowrap">${row.run === null ? '' : html`<a href="${frame.root}${address.run(row.run)}#${attemptAnchor(row.scenario, place)}">${clean(row.run, 14)}</a>`}</td></tr>`,
      )}</tbody></table></div>`
}`,
  };
};
