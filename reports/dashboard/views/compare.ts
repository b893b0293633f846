import { duration } from '../../printable.ts';
import { address } from '../addresses.ts';
import { empty, filterBox, type Page, releaseHead } from '../layout.ts';
import { clean, html, type Markup, nothing } from '../markup.ts';
import type { CompareModel, FileChangesView, Frame, TimeChangeView } from '../model.ts';
import { megabytes, state } from '../words.ts';

type Change = CompareModel['changes'][number];

const order = [
  'regressed',
  'newFailure',
  'stillFailing',
  'disappeared',
  'inconclusive',
  'fixed',
  'newPass',
  'appeared',
];

/** V6: what changed since the previous release. */
export const comparePage = (frame: Frame, model: CompareModel): Page => {
  const changed = model.changes
    .filter(one => one.change !== 'same')
    .toSorted((a, b) => order.indexOf(a.change) - order.indexOf(b.change));
  const slower = model.changes.filter(one => one.took?.significant || one.boot?.significant);
  return {
    title: `Comparison: ${model.head.channel} ${model.head.version}`,
    section: address.board,
    body: html`${releaseHead(frame, model.head, 'compare')}
${
  model.head.previous === null
    ? empty('No previous release is known.')
    : html`<h2>Results against ${clean(model.head.previous)} <span class="quiet">${tally(model.changes)}</span></h2>
${byPlatform(model.changes)}
${changed.length === 0 ? empty('No scenario changed.') : html`${filterBox('changes', 'Filter changes')}${changes(frame, changed)}`}
<h2>Duration and boot time <span class="quiet">only changes above 25 % that are unlikely to be accidents</span></h2>
${slower.length === 0 ? empty('No significant change, or fewer than three times on either side.') : times(frame, slower)}
<div class="columns"><section><h2>Images</h2>${images(model)}</section><section><h2>Packages <span class="quiet">${model.packages.length} changed</span></h2>${packages(model)}</section></div>
<h2>Files</h2>${model.files.length === 0 ? empty('The lists of files of both releases are needed: kola import contents FILE.') : model.files.map(files)}`
}`,
  };
};

const tally = (changes: readonly Change[]): string => {
  const counts = Map.groupBy(changes, one => one.change);
  const parts = order
    .filter(name => counts.has(name))
    .map(
      name => `${counts.get(name)?.length} ${name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)}`,
    );
  return parts.length === 0 ? 'no change' : parts.join(', ');
};

const byPlatform = (changes: readonly Change[]): Markup => {
  const places = [...Map.groupBy(changes, one => `${one.platform}/${one.arch}`)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  const used = order.filter(name => changes.some(one => one.change === name));
  if (used.length === 0) return nothing;
  return html`<div class="card scroll"><table><thead><tr><th>Place</th>${used.map(name => html`<th class="number">${state(name)}</th>`)}<th class="number">same</th></tr></thead><tbody>${places.map(
    ([place, own]) =>
      html`<tr><th scope="row">${clean(place)}</th>${[...used, 'same'].map(name => {
        const count = own.filter(one => one.change === name).length;
        return html`<td class="number">${count === 0 ? html`<span class="quiet">·</span>` : count}</td>`;
      })}</tr>`,
  )}</tbody></table></div><p></p>`;
};

const rate = ({ passes, failures }: Change['before']): string =>
  passes + failures === 0 ? '–' : `${passes}/${passes + failures}`;

const changes = (frame: Frame, rows: readonly Change[]): Markup =>
  html`<div class="card scroll"><table class="stack" id="changes"><thead><tr><th>Change</th><th>Scenario</th><th>Place</th><th class="number">Passed before</th><th class="number">now</th><th>Evidence</th></tr></thead><tbody>${rows
    .slice(0, 500)
    .map(
      row => html`<tr data-row><td>${state(row.change)}</td><th scope="row"><a href="${frame.root}${address.scenario(row.scenario)}">${clean(row.scenario)}</a></th><td class="nowrap">${clean(row.platform)}/${row.arch}</td>
<td class="number" data-label="before">${rate(row.before)}</td><td class="number" data-label="now">${rate(row.after)}</td>
<td>${row.p === null ? html`<span class="quiet nowrap">${row.after.failures > 0 ? 'too few failures to tell' : ''}</span>` : html`${row.significant ? 'unlikely an accident' : 'may be an accident'} <span class="quiet">p = ${row.p.toPrecision(2)}</span>`}</td></tr>`,
    )}</tbody></table></div>${rows.length > 500 ? html`<p class="quiet">${rows.length - 500} more are not shown.</p>` : ''}`;

const times = (frame: Frame, rows: readonly Change[]): Markup =>
  html`<div class="card scroll"><table class="stack"><thead><tr><th>Scenario</th><th>Place</th><th>Duration</th><th>Boot</th></tr></thead><tbody>${rows.map(
    row =>
      html`<tr><th scope="row"><a href="${frame.root}${address.scenario(row.scenario)}">${clean(row.scenario)}</a></th><td>${clean(row.platform)}/${row.arch}</td><td>${timeChange(row.took)}</td><td>${timeChange(row.boot)}</td></tr>`,
  )}</tbody></table></div>`;

const timeChange = (change: TimeChangeView | null): Markup =>
  change === null || !change.significant
    ? html`<span class="quiet">–</span>`
    : html`<span class="${change.ratio > 1 ? 'bad' : 'good'}">${change.ratio > 1 ? '↑' : '↓'} ${Math.round((change.ratio - 1) * 100)} %</span> <span class="quiet">${duration(change.before)} → ${duration(change.after)}, p = ${change.p.toPrecision(2)}</span>`;

const images = (model: CompareModel): Markup =>
  model.images.length === 0
    ? empty('Sizes of both releases are needed: kola import release FILE.')
    : html`<div class="card scroll"><table><thead><tr><th>File</th><th class="number">Before</th><th class="number">Now</th><th class="number">Change</th></tr></thead><tbody>${model.images.map(
        one =>
          html`<tr><th scope="row">${clean(one.file)} <span class="quiet">${one.arch}</span></th><td class="number">${megabytes(one.before)}</td><td class="number">${megabytes(one.after)}</td><td class="number">${one.after >= one.before ? '+' : '−'}${megabytes(Math.abs(one.after - one.before))}</td></tr>`,
      )}</tbody></table></div>`;

/** `+5.0 MB`, and bytes where that would be nothing. */
const moreBytes = (bytes: number): string =>
  `${bytes >= 0 ? '+' : '−'}${Math.abs(bytes) < 100_000 ? `${Math.abs(bytes)} B` : megabytes(Math.abs(bytes))}`;

const fileChangeKinds = ['added', 'removed', 'mode', 'owner', 'link', 'size'];

/** Of a list that counts what it does not show. */
const files = (one: FileChangesView): Markup => {
  const all = Object.values(one.counts).reduce((sum, count) => sum + count, 0);
  const words = fileChangeKinds.flatMap(kind => (one.counts[kind] ? [`${one.counts[kind]} ${kind}`] : []));
  const summary = all === 0 ? 'no difference' : `${words.join(', ')}, ${moreBytes(one.delta)}`;
  return html`<details class="card pad" id="files-${one.arch}"${all > 0 && all <= 20 ? html` open` : ''}><summary><strong>${one.arch}</strong> <span class="quiet">${summary}</span></summary>
<div class="scroll"><table><thead><tr><th>File</th><th>Change</th><th>Before</th><th>Now</th><th class="number">Bytes</th></tr></thead><tbody>${one.changes.map(
    file =>
      html`<tr><th scope="row"><code>${clean(file.path)}</code></th><td>${file.kind}</td><td>${clean(file.before ?? '–')}</td><td>${clean(file.after ?? '–')}</td><td class="number">${moreBytes(file.delta)}</td></tr>`,
  )}</tbody></table></div>${all > one.changes.length ? html`<p class="quiet">${all - one.changes.length} smaller changes are not shown.</p>` : ''}</details>`;
};

const packageTones: Readonly<Record<string, string>> = { downgraded: 'bad', removed: 'doubtful' };
const packageGlyphs: Readonly<Record<string, string>> = {
  downgraded: '↓',
  upgraded: '↑',
  added: '+',
  removed: '−',
};

const packages = (model: CompareModel): Markup =>
  model.packages.length === 0
    ? empty('No difference, or the package lists are not imported.')
    : html`<div class="card scroll"><table><thead><tr><th>Package</th><th>Change</th><th>Before</th><th>Now</th></tr></thead><tbody>${model.packages.map(
        one =>
          html`<tr><th scope="row">${clean(one.name)} <span class="quiet">${one.arch}</span></th><td class="nowrap ${packageTones[one.kind] ?? 'quiet'}">${packageGlyphs[one.kind] ?? ''} ${one.kind}</td><td>${clean(one.before ?? '–')}</td><td>${clean(one.after ?? '–')}</td></tr>`,
      )}</tbody></table></div>`;
