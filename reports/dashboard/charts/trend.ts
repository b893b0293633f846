import { scaleLinear, scaleUtc } from 'd3-scale';
import { curveMonotoneX, line } from 'd3-shape';
import { duration } from '../../printable.ts';
import { clean, html, type Markup } from '../markup.ts';
import type { ScenarioPoint } from '../model.ts';
import { wordOf } from '../words.ts';
import { at, leftAxis, timeAxis } from './axes.ts';

const [width, height, left, right, top, bottom] = [1000, 220, 76, 12, 12, 26];
/** Neighbours on either side that the line's median is taken over. */
const reach = 3;

/** V5: how long a scenario took over time. Dots are results, the line is the running median of passes. */
export const durationTrend = (points: readonly ScenarioPoint[]): Markup => {
  const inTime = points.toSorted((a, b) => a.at - b.at);
  const [first, last] = [inTime[0], inTime.at(-1)];
  if (first === undefined || last === undefined) return html``;
  const x = scaleUtc([first.at, Math.max(last.at, first.at + 3_600_000)], [left, width - right]);
  const y = scaleLinear([0, Math.max(...points.map(one => one.took), 1000)], [height - bottom, top]).nice(4);
  const passes = inTime.filter(one => one.outcome === 'passed');
  const path = line<ScenarioPoint>()
    .x(one => x(one.at))
    .y((_, index) => y(runningMedian(passes, index)))
    .digits(1)
    .curve(curveMonotoneX)(passes);
  return html`<div class="chart scroll"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Duration of ${points.length} results from ${day(first.at)} to ${day(last.at)}">${leftAxis(y, left, width - right, duration)}${timeAxis(x, height - 6)}${path === null ? '' : html`<path class="line" d="${path}"/>`}${inTime.map(one => dot(one, x(one.at), y(one.took)))}</svg></div>`;
};

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

const dot = (point: ScenarioPoint, x: number, y: number): Markup => {
  const { tone, label } = wordOf(point.outcome);
  const title = `${point.place}, ${point.version}: ${label} after ${duration(point.took)}`;
  // A failure is a cross and no dot, so that it shows without colour.
  const mark =
    tone === 'bad'
      ? html`<text class="dot bad" x="${at(x)}" y="${at(y + 4)}" text-anchor="middle">✗</text>`
      : html`<circle class="dot ${tone === 'doubtful' ? 'doubtful' : ''}" cx="${at(x)}" cy="${at(y)}" r="${tone === 'doubtful' ? 4 : 2.6}"/>`;
  return html`<g><title>${clean(title)}</title>${mark}</g>`;
};

const runningMedian = (points: readonly ScenarioPoint[], index: number): number => {
  const near = points
    .slice(Math.max(0, index - reach), index + reach + 1)
    .map(one => one.took)
    .sort((a, b) => a - b);
  return near[Math.floor(near.length / 2)] ?? 0;
};
