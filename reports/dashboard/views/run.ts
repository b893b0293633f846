import { duration } from '../../printable.ts';
import { address } from '../addresses.ts';
import { machineTimeline, utilisation } from '../charts/machines.ts';
import { attemptAnchor, empty, filterBox, type Page } from '../layout.ts';
import { clean, html, type Markup, nothing, when } from '../markup.ts';
import type { AttemptView, Frame, LogView, RunModelView } from '../model.ts';
import { badges, money, shortDigest, state, time, wordOf } from '../words.ts';

/** V10: the machines of one run, and its attempts with their logs. */
export const runPage = (frame: Frame, model: RunModelView): Page => {
  const last = new Map(model.attempts.map(one => [`${one.place}\n${one.scenario}`, one.attempt]));
  const idOf = (one: AttemptView): string => {
    const anchor = attemptAnchor(one.scenario, one.place);
    return last.get(`${one.place}\n${one.scenario}`) === one.attempt ? anchor : `${anchor}-${one.number}`;
  };
  const byAttempt = new Map(model.attempts.map(one => [one.attempt, idOf(one)]));
  const attempts = model.attempts.toSorted((a, b) => rank(a) - rank(b) || a.startedAt - b.startedAt);
  return {
    title: `run ${model.run}`,
    section: address.runs,
    body: html`<p class="kicker">${model.imported ? `imported from ${clean(model.format)}` : 'run of kola'}</p>
<h1>${clean(model.run)} ${badges(frame.marks)}</h1>
${when(model.verdict, text => html`<p>${clean(text)}</p>`)}
${facts(frame, model)}
${targets(frame, model)}
<h2>Machines</h2>${model.machines.length === 0 ? empty(model.imported ? 'Foreign reports do not say which machines there were.' : 'No machine was made.') : html`<div class="card pad">${machineTimeline(model.machines, bar => byAttempt.get(bar.attempt) ?? 'attempts')}</div>`}
<h2 id="attempts">Attempts <span class="quiet">${model.attempts.length}</span></h2>
${attempts.length === 0 ? empty('None.') : html`${filterBox('attempt-list', 'Filter attempts')}<div class="card" id="attempt-list">${attempts.map(one => attempt(frame, one, idOf(one)))}</div>`}`,
  };
};

const worst = ['failed', 'timedout', 'interrupted', 'blocked', 'notrun', 'flaky', 'skipped', 'passed'];
const rank = (one: AttemptView): number => (one.outcome === null ? -1 : worst.indexOf(one.outcome));

const facts = (frame: Frame, model: RunModelView): Markup => {
  const { lanes, busy } = utilisation(model.machines);
  const share = Math.round(100 * busy);
  return html`<dl class="facts"><div><dt>started</dt><dd>${time(model.startedAt)}</dd></div><div><dt>${model.ended ? 'took' : 'for'}</dt><dd>${duration(Math.max(0, (model.ended ? model.lastAt : frame.at) - model.startedAt))} ${model.ended ? '' : state('running')}</dd></div>
${lanes === 0 ? '' : html`<div><dt>machines</dt><dd>${model.machines.length}, at most ${lanes} at once</dd></div><div><dt>in use</dt><dd class="meter"><svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="${share}" height="4"/></svg>${share} %</dd></div>`}</dl>`;
};

const targets = (frame: Frame, model: RunModelView): Markup =>
  html`<h2>Targets</h2>${model.targets.flatMap(one => (one.notice === null ? [] : [html`<p class="notice">${clean(one.notice)}</p>`]))}<div class="card scroll"><table class="stack"><thead><tr><th>Target</th><th>Version</th><th>Image</th><th class="number">Passed</th><th class="number">Decided</th><th class="number">Cost</th></tr></thead><tbody>${model.targets.map(
    one =>
      html`<tr><th scope="row">${clean(one.key)}</th><td><a href="${frame.root}${address.release(one.key.split('/')[2] ?? '', one.version)}">${clean(one.version)}</a></td><td><code title="${clean(one.digest)}">${shortDigest(clean(one.digest))}</code></td><td class="number" data-label="passed">${one.passed}</td><td class="number" data-label="decided">${one.decided} of ${one.planned}</td><td class="number" data-label="cost">${one.cost === null ? html`<span class="quiet">–</span>` : html`<span title="list price of ${clean(one.cost.types.join(', '))}">${money(one.cost)}</span>`}</td></tr>`,
  )}</tbody></table></div>`;

const attempt = (frame: Frame, one: AttemptView, id: string): Markup => {
  const outcome = one.outcome ?? 'running';
  return html`<details class="attempt" id="${id}" data-row><summary>${state(outcome)}<span class="what">${clean(one.scenario)}${one.number > 1 ? html` <span class="badge plain">attempt ${one.number}</span>` : ''}</span><span class="quiet where">${clean(one.place)}</span><span class="why">${clean(one.message ?? '')}</span><span class="number quiet took">${one.took === null ? '' : duration(one.took)}</span></summary>
<div class="inside"><p><a href="${frame.root}${address.scenario(one.scenario)}">History of this scenario</a> <span class="quiet">· provision ${duration(one.phases.provision)}, boot ${duration(one.phases.boot)}, run ${duration(one.phases.run)}, teardown ${duration(one.phases.teardown)}</span></p>
${when(one.message, text => html`<pre class="cause ${wordOf(outcome).tone}">${one.cause === null ? '' : html`<b>${clean(one.cause)}:</b> `}${clean(text, 2000)}</pre>`)}${when(one.rule, rule => html`<p>console rule <code>${clean(rule)}</code></p>`)}
${one.subtests.length === 0 ? nothing : html`<p>${one.subtests.slice(0, 60).map(sub => html`${state(sub.outcome)} ${clean(sub.name)} · `)}</p>`}
${one.logs.map(log)}</div></details>`;
};

/** A log in place: the decisive line is marked by a glyph, weight and colour. */
const log = (
  view: LogView,
): Markup => html`<section><h3>${clean(view.title)}${view.excerpt ? html` <span class="quiet">excerpt, the whole log is not here</span>` : ''}</h3>
<div class="log" tabindex="0" role="region" aria-label="${clean(view.title)}"><table><tbody>${view.lines.map(
  (line, index) => {
    const number = view.from + index;
    const decisive = number === view.mark;
    return html`<tr${decisive ? html` class="decisive"` : ''}><td class="n">${decisive ? html`<span class="glyph" role="img" aria-label="decisive line">▸</span>` : ''}${view.excerpt && view.mark === null ? '' : number}</td><td>${line}</td></tr>`;
  },
)}</tbody></table></div></section>`;
