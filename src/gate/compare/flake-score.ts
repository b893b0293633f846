import type { Outcome } from '../../core/outcome.ts';

/** One result of a scenario, newest first in a list of them. */
export interface FlakePoint {
  readonly outcome: Outcome;
  /** Says nothing about the product: left out. */
  readonly infrastructure: boolean;
}

export interface FlakeScore {
  /** 0 = steady, 100 = changes with every result; recent changes weigh more. */
  readonly score: number;
  readonly flips: number;
  readonly results: number;
  /** Recent half against older half; `unknown` below eight results. */
  readonly trend: 'rising' | 'falling' | 'steady' | 'unknown';
}

/** Each older change weighs this much of the next newer one. */
const decay = 0.9;
const trendNeeds = 8;
const trendStep = 10;

/** Counts changes between pass and failure, as a test that fails always is broken and not flaky. */
export const flakeScore = (newestFirst: readonly FlakePoint[]): FlakeScore => {
  const points = newestFirst.filter(one => !one.infrastructure && sideOf(one.outcome) !== undefined);
  const half = Math.floor(points.length / 2);
  const [recent, older] = [scoreOf(points.slice(0, half)), scoreOf(points.slice(half))];
  return {
    score: Math.round(scoreOf(points)),
    flips: flipsOf(points).filter(flip => flip > 0).length,
    results: points.length,
    trend:
      points.length < trendNeeds
        ? 'unknown'
        : recent - older > trendStep
          ? 'rising'
          : older - recent > trendStep
            ? 'falling'
            : 'steady',
  };
};

type Side = 'good' | 'bad' | 'both';

const sideOf = (outcome: Outcome): Side | undefined => {
  if (outcome === 'passed') return 'good';
  if (outcome === 'flaky') return 'both';
  return outcome === 'failed' || outcome === 'timedout' ? 'bad' : undefined;
};

/** 1 where a result and the one before it differ; a flaky result differs from everything, itself included. */
const flipsOf = (points: readonly FlakePoint[]): number[] =>
  points.slice(0, -1).map((point, index) => {
    const [now, before] = [sideOf(point.outcome), sideOf(points[index + 1]?.outcome ?? point.outcome)];
    return now === before && now !== 'both' ? 0 : 1;
  });

const scoreOf = (points: readonly FlakePoint[]): number => {
  const flips = flipsOf(points);
  const weights = flips.map((_, index) => decay ** index);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return points[0]?.outcome === 'flaky' ? 100 : 0;
  return (100 * flips.reduce((sum, flip, index) => sum + flip * (weights[index] ?? 0), 0)) / total;
};
