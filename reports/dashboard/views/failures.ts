import { address } from '../addresses.ts';
import { empty, evidenceLinks, filterBox, type Page, releaseHead } from '../layout.ts';
import { clean, html, type Markup, outside } from '../markup.ts';
import type { FailureGroupView, FailuresModel, Frame, ReleaseHead } from '../model.ts';
import { state } from '../words.ts';
import { waiverForm } from './forms.ts';

const namesShown = 12;
const infrastructure = new Set(['provisioning', 'capacity', 'network', 'harness', 'usage']);

/** V4: one card for each cause, wherever it showed. */
export const failuresPage = (frame: Frame, model: FailuresModel): Page => ({
  title: `${model.summary}: ${model.head.channel} ${model.head.version}`,
  section: address.board,
  body: html`${releaseHead(frame, model.head, 'failures')}
<h2>Failure groups <span class="quiet">${model.summary}</span></h2>
${model.groups.length === 0 ? empty('Nothing failed.') : html`${model.groups.length > 6 ? filterBox('groups', 'Filter causes') : ''}<div class="groups" id="groups">${model.groups.map((group, index) => card(frame, model.head, group, index))}</div>`}`,
});

const card = (frame: Frame, head: ReleaseHead, group: FailureGroupView, index: number): Markup => {
  const id = `repro-${index}`;
  const kind = infrastructure.has(group.kind) ? 'doubtful' : '';
  const names = group.scenarios.slice(0, namesShown);
  return html`<section class="card group ${kind}" data-row id="cause-${index}">
<h3>${clean(group.message)}</h3>
<p><span class="kind">${clean(group.kind)}</span> <strong>${group.failures}</strong> ${group.failures === 1 ? 'failure' : 'failures'} · ${group.scenarios.length} ${group.scenarios.length === 1 ? 'scenario' : 'scenarios'} · first seen in ${clean(group.firstSeen.version)} · ${group.onPrevious ? 'on the previous release too' : 'not on the previous release'}</p>
<p class="names">${names.map(name => html`<a href="${frame.root}${address.scenario(name)}">${clean(name)}</a> `)}${group.scenarios.length > namesShown ? html`<span class="quiet">and ${group.scenarios.length - namesShown} more</span>` : ''}</p>
<p class="names quiet">on ${group.places.map(clean1).join(', ')}</p>
${group.issues.map(issue => html`<p>known issue ${outside(issue.url, issue.id)} ${state(issue.state)}</p>`)}
<p class="signature"><code>${clean(group.cause)}</code></p>
<p>${evidenceLinks(frame, group.evidence, 5)}</p>
<p><code class="repro" id="${id}">${clean(group.repro, 500)}</code> <button type="button" class="copy" data-copy="${id}" hidden>copy</button></p>
${waiverForm(frame, head, group)}</section>`;
};

const clean1 = (text: string): string => clean(text);
