import { scaleLinear, scaleUtc } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import { html, type Markup } from '../markup.ts';
import type { SoakModel } from '../model.ts';
import { at, leftAxis, timeAxis } from './axes.ts';

type Point = SoakModel['adoption'][number];
const [width, height, left, right, top, bottom] = [1000, 200, 64, 12, 14, 26];

/** V11: machines that ran a version over time, with the number that is wanted. */
export const adoptionChart = (points: readonly Point[], wanted: number | null): Markup => {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return html``;
  const x = scaleUtc([first.at, Math.max(last.at, first.at + 86_400_000)], [left, width - right]);
  const most = Math.max(...points.map(one => one.machines), wanted ?? 0, 1);
  const y = scaleLinear([0, most], [height - bottom, top]).nice(4);
  const [path, below] = [line<Point>(), area<Point>()];
  path
    .x(one => x(one.at))
    .y(one => y(one.machines))
    .digits(1)
    .curve(curveStepAfter);
  below
    .x(one => x(one.at))
    .y0(y(0))
    .y1(one => y(one.machines))
    .digits(1)
    .curve(curveStepAfter);
  const rule =
    wanted === null
      ? ''
      : html`<line class="rule" x1="${left}" x2="${width - right}" y1="${at(y(wanted))}" y2="${at(y(wanted))}"/><text x="${width - right}" y="${at(y(wanted) - 5)}" text-anchor="end">${wanted} wanted</text>`;
  return html`<div class="chart scroll"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Machines that ran it: ${last.machines} at last">${leftAxis(y, left, width - right, String)}${timeAxis(x, height - 6)}<path class="area" d="${below(points) ?? ''}"/><path class="line" d="${path(points) ?? ''}"/>${points.map(one => html`<circle class="dot" cx="${at(x(one.at))}" cy="${at(y(one.machines))}" r="3"><title>${one.machines} machines</title></circle>`)}${rule}</svg></div>`;
};
