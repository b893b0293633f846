import { address } from '../addresses.ts';
import { empty, evidenceLinks, filterBox, fresh, type Page, releaseHead } from '../layout.ts';
import { clean, html, type Markup, nothing, when } from '../markup.ts';
import type { Frame, ReleaseModel, RequirementView } from '../model.ts';
import { state } from '../words.ts';
import { matrix } from './matrix.ts';

/** V2 and V3: may it ship, why not, and what the meeting has to talk about. */
export const releasePage = (frame: Frame, model: ReleaseModel): Page => ({
  title: `${model.head.decision ?? 'not judged'}: ${model.head.channel} ${model.head.version}`,
  section: address.board,
  body: html`${releaseHead(frame, model.head, 'index')}
${model.head.decision === null ? '' : html`<h2 id="agenda">Agenda <span class="quiet">${agendaLine(model)}</span></h2>${agenda(frame, model)}`}
<h2 id="matrix">Platforms</h2>
${matrix(frame, model)}
${requirements(frame, model.requirements)}
${ignored(frame, model)}`,
});

const agendaLine = (model: ReleaseModel): string => {
  const count = (wanted: string): number => model.agenda.filter(item => item.finding.state === wanted).length;
  return model.agenda.length === 0
    ? 'nothing to talk about'
    : `${count('unmet')} unmet, ${count('missing')} missing`;
};

const actions: Readonly<Record<string, string>> = {
  fix: 'fix or waive',
  waive: 'waive',
  rerun: 'run again',
  supply: 'bring the fact',
  wait: 'wait',
};

const agenda = (frame: Frame, model: ReleaseModel): Markup => {
  if (model.agenda.length === 0) return empty('Every requirement is met or waived.');
  return html`${model.agenda.length > 8 ? filterBox('agenda-rows', 'Filter the agenda') : ''}<div class="card scroll"><table class="agenda stack" id="agenda-rows"><thead><tr><th>State</th><th>Requirement</th><th>What is wrong</th><th>Next</th><th class="number">Since</th><th>Evidence</th></tr></thead>
<tbody>${model.agenda.slice(0, linesShown).map(
    ({
      requirement,
      finding,
    }) => html`<tr data-row class="${requirement.severity}"><td>${state(finding.state)}${requirement.severity === 'warning' ? html` <span class="badge plain">warning</span>` : ''}</td>
<td><span class="rule">${clean(requirement.rule)}</span><div class="scope">${clean(scopeOf(requirement))}</div></td>
<td class="text">${clean(finding.text, 500)}</td>
<td class="nowrap">${when(finding.action, action => html`${actions[action] ?? clean(action)}`)}</td>
<td class="number" data-label="since">${finding.since === null ? '' : fresh(finding.since, frame)}</td>
<td>${evidenceLinks(frame, finding.evidence)}</td></tr>`,
  )}</tbody></table></div>${model.agenda.length > linesShown ? html`<p class="quiet">${model.agenda.length - linesShown} more lines are not shown.</p>` : ''}`;
};

/** Longer agendas have one reason for many lines; the place pages have all of them. */
const linesShown = 200;

const scopeOf = ({ scope }: Pick<RequirementView, 'scope'>): string =>
  [scope.platform, scope.arch].filter(part => part !== null).join('/') || 'whole release';

const requirements = (frame: Frame, all: readonly RequirementView[]): Markup => {
  if (all.length === 0) return nothing;
  const met = all.filter(one => one.state === 'met').length;
  return html`<h2>Requirements <span class="quiet">${met} of ${all.length} met</span></h2>
<details class="card pad" id="requirements"><summary>All ${all.length} requirements of the policy</summary>
${filterBox('requirement-rows', 'Filter requirements')}<div class="scroll"><table class="stack" id="requirement-rows"><thead><tr><th>State</th><th>Requirement</th><th>Wanted</th><th>Said</th></tr></thead><tbody>${all.map(
    one => html`<tr data-row><td>${state(one.state)}${one.severity === 'warning' ? html` <span class="badge plain">warning</span>` : ''}</td><td><code>${clean(one.id)}</code></td><td class="text">${clean(one.text)}</td>
<td class="text">${one.findings.slice(0, 5).map(finding => html`<div>${clean(finding.text, 300)} ${evidenceLinks(frame, finding.evidence, 1)}</div>`)}${one.findings.length > 5 ? html`<div class="quiet">and ${one.findings.length - 5} more</div>` : ''}</td></tr>`,
  )}</tbody></table></div></details>`;
};

const ignored = (frame: Frame, model: ReleaseModel): Markup => {
  if (model.ignored.length === 0) return nothing;
  return html`<h2>Not counted <span class="quiet">${model.ignored.length} targets</span></h2>
<details class="card pad" id="ignored"><summary>Results that were looked at and do not count</summary><div class="scroll"><table class="stack"><thead><tr><th>Run</th><th>Target</th><th>Why</th></tr></thead><tbody>${model.ignored
    .slice(0, 300)
    .map(
      one =>
        html`<tr><td><a href="${frame.root}${address.run(one.run)}">${clean(one.run, 24)}</a></td><td><code>${clean(one.target)}</code></td><td class="text">${clean(one.reason)}</td></tr>`,
    )}</tbody></table></div></details>`;
};
