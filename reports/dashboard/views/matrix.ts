import { duration } from '../../printable.ts';
import { address } from '../addresses.ts';
import { empty } from '../layout.ts';
import { clean, html, type Markup } from '../markup.ts';
import type { Frame, MatrixCell, ReleaseModel } from '../model.ts';
import { age, badges, money, state } from '../words.ts';

/** V2: platforms down, architectures across. */
export const matrix = (frame: Frame, model: ReleaseModel): Markup => {
  if (model.cells.length === 0) return empty('No platform is expected and none has results.');
  return html`<div class="scroll"><table class="matrix" data-grid><thead><tr><th></th>${model.arches.map(arch => html`<th scope="col">${arch}</th>`)}</tr></thead>
<tbody>${model.platforms.map(platform => line(frame, model, platform))}</tbody></table></div>
<p class="legend"><span>thick edge: <strong>blocking</strong></span><span>double edge: informing</span><span>✓ passed</span><span>✗ failed</span><span>↻ flaky</span><span>◇ waived</span><span>○ not run</span><span>⚡ infrastructure: tells nothing about the image</span></p>`;
};

const line = (frame: Frame, model: ReleaseModel, platform: string): Markup => {
  const cells = model.arches.map(arch =>
    model.cells.find(one => one.platform === platform && one.arch === arch),
  );
  const notes = [...new Set(cells.flatMap(cell => (cell?.note ? [cell.note] : [])))];
  return html`<tr><th scope="row">${clean(platform)}${notes.map(note => html`<small>${clean(note)}</small>`)}</th>${cells.map(cell => (cell === undefined ? html`<td class="blank"></td>` : html`<td>${box(frame, model, cell)}</td>`))}</tr>`;
};

const expected = (cell: MatrixCell): number =>
  cell.passed + cell.failed + cell.flaky + cell.waived + cell.notRun + cell.infrastructure;

/** What an edge's colour says; the words in the cell say it too. */
const toneOf = (cell: MatrixCell): string => {
  if (cell.failed > 0) return 'bad';
  if (cell.flaky + cell.notRun + cell.infrastructure > 0) return 'doubtful';
  return cell.waived > 0 ? 'waived' : 'good';
};

const box = (frame: Frame, { head }: ReleaseModel, cell: MatrixCell): Markup => {
  const all = expected(cell);
  if (all === 0) {
    const why = cell.ignored > 0 ? `${cell.ignored} targets do not count` : 'no results';
    return html`<span class="cell none" data-arch="${cell.arch}">${state('notrun')}<small>${cell.role} · ${why}</small></span>`;
  }
  const parts = (['failed', 'flaky', 'waived', 'notRun', 'infrastructure'] as const)
    .filter(name => cell[name] > 0)
    .map(name => state(name === 'notRun' ? 'notrun' : name, cell[name]));
  const coverage =
    cell.coverage === null || cell.coverage === 0
      ? ''
      : ` · ${cell.coverage > 0 ? '+' : '−'}${Math.abs(cell.coverage)} than before`;
  const last =
    cell.lastRun === null
      ? 'never run'
      : `${age(cell.lastAt, frame.at)} ago · ${duration(cell.took)} · run ${clean(cell.lastRun, 12)}${cell.attempts > 1 ? ` · up to ${cell.attempts} attempts` : ''}${cell.cost === null ? '' : ` · ${money(cell.cost)}`}`;
  return html`<a class="cell ${toneOf(cell)} ${cell.role}" data-arch="${cell.arch}" href="${frame.root}${address.place(head.channel, head.version, cell.platform, cell.arch)}">
<b>${cell.passed}</b><span class="quiet">/${all} passed</span>${badges(cell.marks)}${cell.imported ? html`<span class="badge plain">imported</span>` : ''}
<span class="states">${parts.length === 0 ? state('passed') : parts}</span>
<small>${cell.role}${coverage}</small><small>${last}</small></a>`;
};
