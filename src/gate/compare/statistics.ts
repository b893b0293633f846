/** Passes and failures of one thing at one time. */
export interface Rate {
  readonly passes: number;
  readonly failures: number;
}

/**
 * Fisher's exact test, one-sided: the chance of at least as many failures after as were seen, if nothing had changed.
 * Exact for any numbers, so that few results are never over-read.
 */
export const fisherWorse = (before: Rate, after: Rate): number => {
  const failures = before.failures + after.failures;
  const now = after.passes + after.failures;
  const total = failures + before.passes + after.passes;
  let chance = 0;
  for (let k = after.failures; k <= Math.min(failures, now); k++) {
    chance += Math.exp(logChoose(failures, k) + logChoose(total - failures, now - k) - logChoose(total, now));
  }
  return Math.min(1, chance);
};

const logFactorials: number[] = [0];

const logFactorial = (n: number): number => {
  for (let i = logFactorials.length; i <= n; i++)
    logFactorials.push((logFactorials[i - 1] ?? 0) + Math.log(i));
  return logFactorials[n] ?? 0;
};

const logChoose = (n: number, k: number): number =>
  k < 0 || k > n ? Number.NEGATIVE_INFINITY : logFactorial(n) - logFactorial(k) - logFactorial(n - k);

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Linear interpolation between the two nearest values; NaN for none. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? Number.NaN : low + (high - low) * (at - Math.floor(at));
};

/**
 * Mann-Whitney U, two-sided, by the normal approximation with correction for ties and continuity. It asks whether one
 * sample tends to be larger, and one slow outlier does not answer that. Returns 1 when there is nothing to compare.
 */
export const mannWhitney = (a: readonly number[], b: readonly number[]): number => {
  const n = a.length + b.length;
  if (a.length === 0 || b.length === 0) return 1;
  const { rankSum, ties } = ranks(a, b);
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const mean = (a.length * b.length) / 2;
  const variance = ((a.length * b.length) / 12) * (n + 1 - ties / (n * (n - 1)));
  if (variance <= 0) return 1;
  const z = Math.max(0, Math.abs(u - mean) - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * (1 - normalCdf(z)));
};

/** Sum of the ranks of `a` among both, and Σ(t³ − t) over groups of equal values. */
const ranks = (a: readonly number[], b: readonly number[]): { rankSum: number; ties: number } => {
  const all = [...a.map(value => ({ value, own: true })), ...b.map(value => ({ value, own: false }))];
  all.sort((x, y) => x.value - y.value);
  let [rankSum, ties, start] = [0, 0, 0];
  while (start < all.length) {
    let end = start;
    while (end + 1 < all.length && all[end + 1]?.value === all[start]?.value) end++;
    const size = end - start + 1;
    const rank = (start + end) / 2 + 1;
    rankSum += rank * all.slice(start, end + 1).filter(one => one.own).length;
    ties += size ** 3 - size;
    start = end + 1;
  }
  return { rankSum, ties };
};

/** Abramowitz and Stegun 26.2.17; off by less than 7.5e-8. */
const normalCdf = (z: number): number => {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
};
