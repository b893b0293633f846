import { address } from '../addresses.ts';
import { clean, html, type Markup, nothing, when } from '../markup.ts';
import type { FailureGroupView, Frame, ReleaseHead } from '../model.ts';

/** How the sender is known: by a token, or by the proxy in front, which asks for nothing here. */
// Without a field for a name, password managers and Chromium complain.
export const tokenField = (frame: Frame): Markup =>
  frame.access === 'token'
    ? html`<input autocomplete="username" hidden><label>Your token <input type="password" name="token" required autocomplete="current-password"></label>`
    : nothing;

/** Address of an action of a release, next to its pages. */
export const actionOf = (frame: Frame, head: ReleaseHead, action: 'vote' | 'waiver'): string =>
  frame.root + address.release(head.channel, head.version).replace(/index\.html$/, action);

/** Proposes a waiver for a cause, as narrow as what was seen. Nothing where nobody may write. */
export const waiverForm = (frame: Frame, head: ReleaseHead, group: FailureGroupView): Markup => {
  if (frame.access === 'none') return nothing;
  const platforms = [...new Set(group.places.map(place => place.split('/')[0] ?? ''))];
  const arches = [...new Set(group.places.map(place => place.split('/')[1] ?? ''))];
  const boxes = (name: string, values: readonly string[]): Markup =>
    html`${values.map(value => html`<label><input type="checkbox" name="${name}" value="${clean(value)}" checked> ${clean(value)}</label>`)}`;
  return html`<details class="waive"><summary>Propose a waiver</summary><form class="sheet" method="post" action="${actionOf(frame, head, 'waiver')}">
<label>Scenario <select name="scenario" required>${group.scenarios.map(name => html`<option>${clean(name)}</option>`)}</select></label>
<fieldset><legend class="quiet">Where</legend>${boxes('platform', platforms)}${boxes('arch', arches)}</fieldset>
<label>Signature it covers (<code>*</code> stands for anything) <input name="signature" required minlength="8" value="${clean(group.cause, 2000)}" autocomplete="off"></label>
<label>From version <input name="from" required value="${clean(head.version)}" autocomplete="off"></label>
<label>Until before version <input name="until" required value="${clean(head.version.replace(/^(\d+).*$/, (_, major) => `${Number(major) + 1}.0.0`))}" autocomplete="off"></label>
<label>Tracker <input type="url" name="tracker" required value="${clean(group.issues[0]?.url ?? '', 2000)}" autocomplete="off"></label>
<label>Reason <input name="reason" required maxlength="1000" autocomplete="off"></label>
<label>Last day <input type="date" name="expires" required></label>
${tokenField(frame)}<p><button type="submit">Propose the waiver</button> <span class="quiet">It is written as a file beside the policy, with you as its author.</span></p></form></details>`;
};

/** The second person says yes. */
export const approvalForm = (frame: Frame, id: string): Markup =>
  when(
    frame.access !== 'none',
    () =>
      html`<details class="waive"><summary>Approve</summary><form class="sheet" method="post" action="${frame.root}waivers/approve"><input type="hidden" name="id" value="${clean(id)}">${tokenField(frame)}<p><button type="submit">Approve it as the second person</button></p></form></details>`,
  );
