import { scaleLinear } from 'd3-scale';
import { duration } from '../../printable.ts';
import { clean, html, type Markup } from '../markup.ts';
import type { MachineBar } from '../model.ts';
import { wordOf } from '../words.ts';
import { at } from './axes.ts';

const [width, left, right, barHeight, gap] = [1200, 8, 12, 16, 4];
const mostBars = 400;

/** V10: each machine from its creation to its end, in as many lanes as were used at once. */
export const machineTimeline = (
  bars: readonly MachineBar[],
  attemptId: (bar: MachineBar) => string,
): Markup => {
  const sorted = bars.toSorted((a, b) => a.provisioningAt - b.provisioningAt).slice(0, mostBars);
  const [first] = sorted;
  if (first === undefined) return html``;
  const end = Math.max(...sorted.map(lastMoment));
  const x = scaleLinear([0, Math.max(1, end - first.provisioningAt)], [left, width - right]);
  const lanes = assignLanes(sorted);
  const rows = Math.max(...lanes) + 1;
  const bottom = rows * (barHeight + gap);
  const ticks = x
    .ticks(10)
    .map(
      tick =>
        html`<line class="tick" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="0" y2="${bottom}"/><text x="${at(x(tick))}" y="${bottom + 16}" text-anchor="${tick === 0 ? 'start' : 'middle'}">${duration(tick)}</text>`,
    );
  return html`<div class="chart tall scroll"><svg viewBox="0 0 ${width} ${bottom + 24}" role="img" aria-label="${sorted.length} machines in ${rows} lanes over ${duration(end - first.provisioningAt)}">${hatch}${ticks}${sorted.map(
    (bar, index) =>
      draw(
        bar,
        (lanes[index] ?? 0) * (barHeight + gap),
        time => x(time - first.provisioningAt),
        attemptId(bar),
      ),
  )}</svg></div>
<p class="legend"><span>thin: being made</span><span>hatched: booting</span><span>outlined: testing</span><span>✗: failed</span>${bars.length > mostBars ? html`<span>${bars.length - mostBars} later machines are not drawn</span>` : ''}</p>`;
};

/** Share of the lanes' time in which a machine was there, 0 to 1. */
export const utilisation = (
  bars: readonly MachineBar[],
): { readonly lanes: number; readonly busy: number } => {
  const sorted = bars.toSorted((a, b) => a.provisioningAt - b.provisioningAt);
  const [first] = sorted;
  if (first === undefined) return { lanes: 0, busy: 0 };
  const lanes = Math.max(...assignLanes(sorted)) + 1;
  const span = Math.max(...sorted.map(lastMoment)) - first.provisioningAt;
  const used = sorted.reduce((sum, bar) => sum + lastMoment(bar) - bar.provisioningAt, 0);
  return { lanes, busy: span === 0 ? 0 : used / (lanes * span) };
};

const hatch = html`<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="5" height="5"/><rect class="hatch-line" width="2" height="5"/></pattern></defs>`;

const lastMoment = (bar: MachineBar): number =>
  bar.endedAt ?? bar.readyAt ?? bar.bootingAt ?? bar.provisioningAt;

/** Each machine goes into the first lane that is free when it begins. */
const assignLanes = (sorted: readonly MachineBar[]): number[] => {
  const freeAt: number[] = [];
  return sorted.map(bar => {
    const found = freeAt.findIndex(free => free <= bar.provisioningAt);
    const lane = found < 0 ? freeAt.length : found;
    freeAt[lane] = lastMoment(bar);
    return lane;
  });
};

const draw = (bar: MachineBar, y: number, x: (time: number) => number, id: string): Markup => {
  const { glyph, label, tone } = wordOf(bar.outcome ?? 'running');
  const end = lastMoment(bar);
  const bootingAt = bar.bootingAt ?? end;
  const readyAt = bar.readyAt ?? end;
  const box = (kind: string, from: number, to: number, inset: number): Markup =>
    to <= from
      ? html``
      : html`<rect class="${kind}" x="${at(x(from))}" y="${y + inset}" width="${at(Math.max(1, x(to) - x(from)))}" height="${barHeight - 2 * inset}"/>`;
  const name = `${tone === 'good' ? '' : `${glyph} `}${bar.scenario}`;
  const wide = x(end) - x(bar.provisioningAt);
  // About 6.7 units for a character at this size; a clipped name would be worse than none.
  const text =
    wide > name.length * 6.7 + 10 ? name : tone === 'bad' || (tone === 'doubtful' && wide > 14) ? glyph : '';
  const title = `${bar.scenario} – ${bar.role} ${bar.machine}${bar.number > 1 ? `, attempt ${bar.number}` : ''}: ${label}, ${duration(end - bar.provisioningAt)}`;
  return html`<a href="#${id}"><title>${clean(title)}</title>${box('creating', bar.provisioningAt, bootingAt, 5)}${box('booting', bootingAt, readyAt, 0)}${box(`testing ${tone}`, readyAt, end, 0)}${text === '' ? '' : html`<text class="name" x="${at(x(bar.provisioningAt) + 5)}" y="${y + 12}">${clean(text)}</text>`}</a>`;
};
