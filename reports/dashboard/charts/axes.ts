import type { ScaleLinear, ScaleTime } from 'd3-scale';
import { html, type Markup } from '../markup.ts';

/** Coordinates with one digit: sharper than the eye, and small. */
export const at = (value: number): string => String(Math.round(value * 10) / 10);

/** Lines and labels of a vertical scale. */
export const leftAxis = (
  scale: ScaleLinear<number, number>,
  from: number,
  to: number,
  label: (value: number) => string,
): Markup[] =>
  scale
    .ticks(4)
    .map(
      tick =>
        html`<line class="tick" x1="${from}" x2="${to}" y1="${at(scale(tick))}" y2="${at(scale(tick))}"/><text x="${from - 8}" y="${at(scale(tick) + 4)}" text-anchor="end">${label(tick)}</text>`,
    );

/** Labels of days or hours below a plot. */
export const timeAxis = (scale: ScaleTime<number, number>, y: number, count = 6): Markup[] => {
  const format = scale.tickFormat(count);
  return scale
    .ticks(count)
    .map(tick => html`<text x="${at(scale(tick))}" y="${y}" text-anchor="middle">${format(tick)}</text>`);
};
