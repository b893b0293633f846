import { address } from '../addresses.ts';
import { adoptionChart } from '../charts/adoption.ts';
import { empty, type Page, releaseHead } from '../layout.ts';
import { clean, html, type Markup, outside } from '../markup.ts';
import type { Frame, SoakModel } from '../model.ts';
import { state, time } from '../words.ts';

/** V11: what the field said before: days in the channel before, machines, nightlies, issues. */
export const soakPage = (frame: Frame, model: SoakModel): Page => ({
  title: `Soak: ${model.head.channel} ${model.head.version}`,
  section: address.board,
  body: html`${releaseHead(frame, model.head, 'soak')}
<h2>Days in the channel before</h2>${days(frame, model)}
<h2>Machines that ran it</h2>${model.adoption.length === 0 ? empty('Nothing is known: kola import adoption FILE.') : html`<div class="card pad">${adoptionChart(model.adoption, model.machinesWanted)}</div>`}
<div class="columns"><section><h2>Nightlies of the branch <span class="quiet">${streak(model)}</span></h2>${nightlies(frame, model)}</section>
<section><h2>Issues <span class="quiet">${model.issues.filter(one => one.state === 'open').length} open</span></h2>${issues(model)}</section></div>`,
});

const days = (frame: Frame, { from, days: soaked, required, head }: SoakModel): Markup => {
  if (required === null) return empty(`The policy wants no soak for ${head.channel}.`);
  if (from === null) return empty('Nothing says which release this one is promoted from.');
  const done = soaked ?? 0;
  const share = required === 0 ? 100 : Math.min(100, Math.round((100 * done) / required));
  return html`<p class="meter"><svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="${done >= required ? 'good' : ''}" width="${share}" height="4"/></svg><span>${state(done >= required ? 'met' : 'missing')} <strong>${soaked ?? '?'}</strong> of ${required} days · <a href="${frame.root}${address.release(from.channel, from.version)}">${clean(from.channel)} ${clean(from.version)}</a> released ${time(from.releasedAt)}</span></p>`;
};

const streak = ({ nightlies: all, nightliesWanted }: SoakModel): string => {
  const red = all.findIndex(one => one.failed > 0 || one.passed === 0);
  const green = red < 0 ? all.length : red;
  return `${green} green in a row${nightliesWanted === null ? '' : `, ${nightliesWanted} wanted`}`;
};

const nightlies = (frame: Frame, model: SoakModel): Markup =>
  model.nightlies.length === 0
    ? empty('None was tested.')
    : html`<div class="card scroll"><table><tbody>${model.nightlies.map(
        one =>
          html`<tr><td>${state(one.failed > 0 ? 'failed' : one.passed > 0 ? 'passed' : 'notrun')}</td><th scope="row"><a href="${frame.root}${address.release(model.head.channel, one.version)}">${clean(one.version)}</a></th><td class="number">${one.passed} passed${one.failed > 0 ? `, ${one.failed} failed` : ''}</td><td class="nowrap quiet">${time(one.at)}</td></tr>`,
      )}</tbody></table></div>`;

const issues = (model: SoakModel): Markup =>
  model.issues.length === 0
    ? empty('None is known: kola import issues FILE.')
    : html`<div class="card scroll"><table><tbody>${model.issues.map(
        one =>
          html`<tr><td>${state(one.state)}</td><td class="text">${outside(one.url, one.id)} ${clean(one.title)}<div class="quiet">${clean(one.kind)}${one.openedAt === null ? '' : html` · opened ${time(one.openedAt)}`}</div></td></tr>`,
      )}</tbody></table></div>`;
