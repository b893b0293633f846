import { address } from '../addresses.ts';
import { empty, filterBox, fresh, type Page } from '../layout.ts';
import { clean, html, type Markup, when } from '../markup.ts';
import type { BoardCandidate, BoardModel, Frame, TestedVersion } from '../model.ts';
import { age, badges, meetingText, shortDigest, state, verdict } from '../words.ts';

/** V1: every channel's candidate, and what was tested besides. */
export const boardPage = (frame: Frame, model: BoardModel): Page => ({
  title: model.overall === null ? 'Release board' : `${model.overall} – release board`,
  section: address.board,
  body: html`<p class="kicker">${clean(model.policy.title)} · policy ${clean(model.policy.id)}</p>
<h1>Release board ${when(model.overall, verdict)}</h1>
${model.candidates.length === 0 ? empty('The store has no release of a channel that the policy knows. Import results with kola import RUN_DIR.') : candidates(frame, model.candidates)}
<h2>Tested versions <span class="quiet">counted, not judged</span></h2>
${model.tested.length === 0 ? empty('Nothing was imported yet.') : tested(frame, model.tested)}`,
});

const candidates = (frame: Frame, rows: readonly BoardCandidate[]): Markup => html`<div class="card scroll">
<table class="board stack"><thead><tr><th>Channel</th><th>Candidate</th><th>Arch</th><th>Verdict</th><th class="number">Unmet</th><th class="number">Missing</th><th class="number">Waived</th><th class="number">Flaky</th><th class="number">Tested</th><th>Soak</th><th>Oldest result</th><th>Meeting</th></tr></thead>
<tbody>${rows.flatMap(row => row.arches.map((_, index) => line(frame, row, index)))}</tbody></table></div>`;

const number = (value: number, label: string, tone: string): Markup =>
  html`<td class="number" data-label="${label}">${value === 0 ? html`<span class="quiet">0</span>` : html`<b class="${tone}">${value}</b>`}</td>`;

const line = (frame: Frame, row: BoardCandidate, index: number): Markup => {
  const one = row.arches[index];
  if (one === undefined) return html``;
  const release = frame.root + address.release(row.channel, row.version);
  const decision = frame.root + address.release(row.channel, row.version, 'decision');
  const first = index === 0;
  const soak =
    row.soak === null ? 'none' : `${row.soak.days === null ? '?' : row.soak.days} of ${row.soak.required} d`;
  return html`<tr${first ? html` class="first"` : ''}>
<td class="channel">${first ? clean(row.channel) : html`<span class="quiet" aria-label="${clean(row.channel)}"></span>`}</td>
<td class="nowrap">${first ? html`<a href="${release}"><strong>${clean(row.version)}</strong></a> ${badges(row.marks)}${when(row.previous, previous => html`<div class="quiet">after ${clean(previous)}</div>`)}` : ''}</td>
<td class="nowrap">${one.arch} ${one.digests.slice(0, 1).map(digest => html`<code class="quiet" title="${digest}">${shortDigest(digest).slice(7)}</code>`)}</td>
<td><a href="${release}" aria-label="${row.channel} ${one.arch}: ${one.decision}">${verdict(one.decision)}</a></td>
${number(one.unmet, 'unmet', 'bad')}${number(one.missing, 'missing', 'doubtful')}${number(one.waived, 'waived', 'waived')}${number(one.flaky, 'flaky', 'doubtful')}
<td class="number" data-label="tested">${one.tested} <span class="quiet">of ${one.expected}</span></td>
<td class="nowrap" data-label="soak">${first ? soak : ''}</td>
<td class="nowrap" data-label="oldest result">${first ? age(row.oldestAt, frame.at) : ''}</td>
<td>${first ? html`<a href="${decision}">${clean(meetingText(row.meeting))}</a>` : ''}</td></tr>`;
};

const tested = (
  frame: Frame,
  rows: readonly TestedVersion[],
): Markup => html`${filterBox('tested', 'Filter versions')}
<div class="card scroll"><table class="stack" id="tested"><thead><tr><th>Version</th><th>Channel</th><th>Arch</th><th class="number">Places</th><th class="number">Passed</th><th>Else</th><th class="number">Last result</th></tr></thead>
<tbody>${rows.map(
  row => html`<tr data-row><th scope="row"><a href="${frame.root}${address.release(row.channel, row.version)}">${clean(row.version)}</a> ${badges(row.marks)}</th>
<td>${clean(row.channel)}</td><td>${row.arches.join(', ')}</td><td class="number" data-label="places">${row.targets}</td>
<td class="number" data-label="passed">${row.passed} <span class="quiet">of ${row.planned}</span></td>
<td>${row.failed > 0 ? html`${state('failed', row.failed)} ` : ''}${row.flaky > 0 ? html`${state('flaky', row.flaky)} ` : ''}${row.planned > row.decided ? state('notrun', row.planned - row.decided) : ''}</td>
<td class="number" data-label="last result">${fresh(row.lastAt, frame)}</td></tr>`,
)}</tbody></table></div>`;
