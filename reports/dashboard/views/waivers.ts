import { address } from '../addresses.ts';
import { empty, filterBox, type Page } from '../layout.ts';
import { clean, html, type Markup, outside, when } from '../markup.ts';
import type { Frame, WaiversModel } from '../model.ts';
import { state } from '../words.ts';
import { approvalForm } from './forms.ts';

type Row = WaiversModel['rows'][number];

/** V8: failures that are known and accepted for a while. */
export const waiversPage = (frame: Frame, model: WaiversModel): Page => ({
  title: 'Waivers',
  section: address.waivers,
  body: html`<h1>Waivers <span class="quiet">${model.rows.length}</span></h1>
${model.rows.length === 0 ? empty('No failure is waived. A waiver is a file in policy/waivers/.') : html`${filterBox('waivers', 'Filter waivers')}<div class="card scroll"><table class="stack" id="waivers"><thead><tr><th>Scenario</th><th>Where</th><th>Failure</th><th>Tracker</th><th>By</th><th>Expires</th><th>Used</th></tr></thead><tbody>${model.rows.map(row => line(frame, row))}</tbody></table></div>`}`,
});

const line = (frame: Frame, row: Row): Markup => html`<tr data-row id="${clean(row.id)}">
<th scope="row"><a href="${frame.root}${address.scenario(row.scenario)}">${clean(row.scenario)}</a><div class="quiet">${clean(row.id)}</div></th>
<td class="text">${clean(row.scope)}</td><td class="text"><code>${clean(row.signature)}</code><div class="quiet">${clean(row.reason)}</div></td>
<td>${outside(row.tracker, row.tracker.replace(/^https?:\/\/(github\.com\/)?/, ''))} ${when(row.issue, state)}</td>
<td>${clean(row.author)}<div class="quiet">${row.approver === null ? 'no approver' : `approved by ${clean(row.approver)}`}</div>${row.approver === null ? approvalForm(frame, row.id) : ''}</td>
<td class="nowrap">${clean(row.expires)}${row.expired ? html` <span class="state bad"><span class="glyph" aria-hidden="true">✗</span>expired</span>` : ''}</td>
<td>${use(row)}</td></tr>`;

const use = (row: Row): Markup => {
  if (row.matchesNothing)
    return html`<span class="state doubtful"><span class="glyph" aria-hidden="true">?</span>matches nothing</span>`;
  return html`${row.used === 0 ? 'never' : html`<b>${row.used}</b> × would be red without`}${when(row.lastUsed, last => html`<div class="quiet">last in ${clean(last.version)}</div>`)}${row.removable ? html`<div><span class="badge plain">removable</span></div>` : ''}`;
};
