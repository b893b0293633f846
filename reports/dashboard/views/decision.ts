import { address } from '../addresses.ts';
import { empty, type Page, releaseHead } from '../layout.ts';
import { clean, html, type Markup, when } from '../markup.ts';
import type { DecisionModel, DecisionRound, Frame } from '../model.ts';
import { shortDigest, state, time, verdict } from '../words.ts';
import { actionOf, tokenField } from './forms.ts';

/** V12: what was decided, by whom, on which evidence. */
export const decisionPage = (frame: Frame, model: DecisionModel): Page => ({
  title: `Decision: ${model.head.channel} ${model.head.version}`,
  section: address.board,
  body: html`${releaseHead(frame, model.head, 'decision')}
${model.faults.map(fault => html`<p class="notice" role="alert"><strong>The record cannot be trusted:</strong> ${clean(fault, 500)}</p>`)}
${model.rounds.length === 0 && model.faults.length === 0 ? html`<h2>Not opened</h2>${empty(`kola gate open --channel=${clean(model.head.channel)} --version=${clean(model.head.version)} freezes the evidence and starts the vote.`)}` : ''}
${model.rounds.map(round)}
${model.open ? vote(frame, model) : ''}`,
});

const round = (
  one: DecisionRound,
): Markup => html`<h2>Round ${one.round} ${one.closed === null ? html`<span class="quiet">open</span>` : verdict(one.closed.outcome)}</h2>
<ol class="card steps"><li>${time(one.openedAt)} <strong>${clean(one.by)}</strong> opened it on the machine's verdict ${verdict(one.verdict)} <span class="quiet">${one.arches.map(arch => `${arch.arch} ${arch.decision}`).join(', ')}</span>
<div class="quiet">policy ${clean(one.policy.id)} <code title="${one.policy.hash}">${shortDigest(one.policy.hash)}</code> · ${one.runs} runs · ${one.waivers.length === 0 ? 'no waivers' : `waivers ${one.waivers.map(id => clean(id)).join(', ')}`} · evidence <code title="${one.evidence}">${shortDigest(one.evidence)}</code> · ${clean(one.quorum)}</div></li>
${one.votes.map(
  own =>
    html`<li>${time(own.at)} ${state(own.vote)} <strong>${clean(own.voter)}</strong>${when(own.requirement, id => html` on <code>${clean(id)}</code>`)}${own.signedBy === null ? '' : html` <span class="badge plain">signed</span>`}${own.reason === '' ? '' : html`<div>${clean(own.reason, 1000)}</div>`}</li>`,
)}
${one.closed === null ? html`<li class="quiet">${one.waiting.length === 0 ? 'Waits to be closed.' : `Not voted: ${one.waiting.map(name => clean(name)).join(', ')}`}</li>` : closed(one.closed)}</ol>`;

const closed = (
  end: NonNullable<DecisionRound['closed']>,
): Markup => html`<li>${time(end.at)} <strong>${clean(end.by)}</strong> closed it: ${verdict(end.outcome)} <span class="quiet">by ${clean(end.how.replace('-', ' '))}</span>
${end.conditions.map(one => html`<div>on condition: ${clean(one.text, 500)} <code>${clean(one.requirement)}</code></div>`)}${when(end.nextReview, at => html`<div class="quiet">looked at again ${time(at)}</div>`)}</li>`;

const vote = (frame: Frame, model: DecisionModel): Markup => {
  if (frame.access === 'none')
    return html`<p class="quiet">Vote with <code>kola gate vote --channel=${clean(model.head.channel)} --version=${clean(model.head.version)}</code>; this page is read-only.</p>`;
  return html`<h2 id="vote">Vote</h2><form class="card sheet" method="post" action="${actionOf(frame, model.head, 'vote')}">
<fieldset><legend class="quiet">Your vote</legend>${['go', 'no-go', 'abstain'].map(choice => html`<label><input type="radio" name="vote" value="${choice}" required> ${state(choice)}</label>`)}</fieldset>
<label>Reason <input name="reason" required maxlength="1000" autocomplete="off"></label>
<label>Requirement it is about (a no-go has to name one) <select name="requirement"><option value="">–</option>${model.requirements.map(id => html`<option>${clean(id)}</option>`)}</select></label>
${tokenField(frame)}
<p><button type="submit">Cast the vote</button></p></form>`;
};
