import { duration, escapeHtml, plural } from '../printable.ts';
import { type AttemptModel, isUnmet, type ResultModel, type RunModel, scenarioName } from '../run-model.ts';
import { outcomeLabel } from '../verdict.ts';

/** More bars than this are no picture any more. */
const maxBars = 1500;
const width = 1200;
const left = 8;
const laneHeight = 22;
const barHeight = 16;
const axisHeight = 24;

interface Segment {
  readonly kind: 'creating' | 'booting' | 'testing' | 'cleaning';
  readonly from: number;
  readonly to: number;
}

interface Bar {
  readonly result: ResultModel;
  readonly attempt: AttemptModel;
  readonly machine: string;
  readonly role: string;
  readonly from: number;
  readonly to: number;
  readonly segments: readonly Segment[];
}

const kinds: Readonly<Record<string, Segment['kind']>> = {
  provisioning: 'creating',
  booting: 'booting',
  connected: 'booting',
  rebooting: 'booting',
  ready: 'testing',
  shared: 'testing',
  destroying: 'cleaning',
};

/** Machines over time, one lane per machine that was up at once; empty when no machine was made. */
export const timeline = (model: RunModel): string => {
  const end = model.lastAt ?? 0;
  const all = bars(model, end);
  if (all.length === 0) return '';
  const shown = all.sort((a, b) => a.from - b.from).slice(0, maxBars);
  const start = Math.min(...shown.map(bar => bar.from));
  const span = Math.max(1, ...shown.map(bar => bar.to - start));
  const scale = (at: number): number => left + ((at - start) / span) * (width - 2 * left);
  const lanes = assignLanes(shown);
  const laneCount = Math.max(...lanes) + 1;
  const height = laneCount * laneHeight + axisHeight;
  const label = `${plural(shown.length, 'machine')} in ${plural(laneCount, 'lane')} over ${duration(span)}`;
  const body = shown.map((bar, index) => renderBar(bar, (lanes[index] ?? 0) * laneHeight, scale));
  const more = all.length - shown.length;
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">`,
    patterns,
    ...axis(span, laneCount * laneHeight, ms => scale(start + ms)),
    ...body,
    '</svg>',
    more > 0 ? `<p class="quiet">${plural(more, 'later machine')} not drawn.</p>` : '',
  ].join('');
};

/** Hatching beside colour: the picture reads without colours too. */
const patterns =
  '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
  '<rect class="hatch-ground" width="5" height="5"/><rect class="hatch-line" width="2" height="5"/></pattern></defs>';

const bars = (model: RunModel, end: number): Bar[] =>
  model.results.flatMap(result =>
    result.attempts.flatMap(attempt =>
      attempt.machines.flatMap((machine): Bar[] => {
        const segments = machine.spans.flatMap(({ phase, from, to }): Segment[] => {
          const kind = kinds[phase];
          return kind === undefined ? [] : [{ kind, from, to: to ?? attempt.endedAt ?? end }];
        });
        const [first] = segments;
        const last = segments.at(-1);
        if (first === undefined || last === undefined) return [];
        const { id, role } = machine;
        return [{ result, attempt, machine: id, role, from: first.from, to: last.to, segments }];
      }),
    ),
  );

/** Each bar goes into the first lane that is free when it begins. */
const assignLanes = (sorted: readonly Bar[]): number[] => {
  const freeAt: number[] = [];
  return sorted.map(bar => {
    const found = freeAt.findIndex(free => free <= bar.from);
    const lane = found < 0 ? freeAt.length : found;
    freeAt[lane] = bar.to;
    return lane;
  });
};

const round = (n: number): string => String(Math.round(n * 10) / 10);

const tone = (attempt: AttemptModel): string => {
  if (attempt.outcome === 'failed' || attempt.outcome === 'timedout') return 'bad';
  return isUnmet(attempt.outcome) || attempt.outcome === 'skipped' ? 'doubtful' : 'good';
};

const renderBar = (bar: Bar, y: number, scale: (at: number) => number): string => {
  const x = scale(bar.from);
  const wide = Math.max(2, scale(bar.to) - x);
  const unmet = isUnmet(bar.attempt.outcome);
  const name = `${unmet ? '✗ ' : ''}${scenarioName(bar.result.subject)}`;
  const again = bar.attempt.number > 1 ? `, attempt ${bar.attempt.number}` : '';
  const title = `${bar.result.key} – ${bar.role} ${bar.machine}${again}: ${outcomeLabel[bar.attempt.outcome]}, ${duration(bar.to - bar.from)}`;
  const rects = bar.segments.map(segment => {
    const from = scale(segment.from);
    const size = Math.max(1, scale(segment.to) - from);
    const thin = segment.kind === 'creating' || segment.kind === 'cleaning';
    const top = y + (thin ? 5 : 0);
    return `<rect class="${segment.kind} ${tone(bar.attempt)}" x="${round(from)}" y="${top}" width="${round(size)}" height="${thin ? barHeight - 10 : barHeight}"/>`;
  });
  // About 6.4 units per character at this font size; a clipped name would be worse than none.
  const fits = wide > name.length * 6.4 + 10;
  const text = fits
    ? `<text x="${round(x + 6)}" y="${y + 12}">${escapeHtml(name)}</text>`
    : unmet && wide > 12
      ? `<text x="${round(x + 3)}" y="${y + 12}">✗</text>`
      : '';
  return `<a href="#open=${encodeURIComponent(bar.result.key)}" tabindex="-1"><title>${escapeHtml(title)}</title>${rects.join('')}${text}</a>`;
};

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

const axis = (span: number, bottom: number, scale: (ms: number) => number): string[] => {
  const step = (steps.find(seconds => span / (seconds * 1000) <= 10) ?? 86_400) * 1000;
  const lines: string[] = [];
  for (let ms = 0; ms <= span; ms += step) {
    const x = round(scale(ms));
    // The last label would stick out on the right.
    const anchor = ms === 0 ? 'start' : scale(ms) > width - 40 ? 'end' : 'middle';
    lines.push(
      `<line class="tick" x1="${x}" y1="0" x2="${x}" y2="${bottom}"/>`,
      `<text class="tick" x="${x}" y="${bottom + 16}" text-anchor="${anchor}">${tickLabel(ms)}</text>`,
    );
  }
  return lines;
};

const tickLabel = (ms: number): string => {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return seconds % 60 === 0 ? `${seconds / 60} min` : `${(seconds / 60).toFixed(1)} min`;
  return `${Math.round((seconds / 3600) * 10) / 10} h`;
};
