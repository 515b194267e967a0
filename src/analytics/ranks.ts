import { at } from './at.ts';

/** Autocorrelation above this is a walk: its values tell about one. */
const MAX_MEMORY = 0.95;
const MIN_STEPS = 3;

/** The place of each value among the finite ones, from 0 on, equal ones sharing the mean of theirs; NaN where it is missing. */
function ranksOf(values: Float64Array): Float64Array {
  const order = Int32Array.from(values.keys())
    .filter((i) => Number.isFinite(at(values, i)))
    .sort((a, b) => at(values, a) - at(values, b));
  const ranks = new Float64Array(values.length).fill(Number.NaN);
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && at(values, order[end] ?? 0) === at(values, order[i] ?? 0)) end++;
    for (let j = i; j < end; j++) ranks[order[j] ?? 0] = (i + end - 1) / 2;
    i = end;
  }
  return ranks;
}

/**
 * Pearson's correlation of `one` with what `other`, of the same length, was `lag` steps before: -1..1; 0 where one does not
 * vary or fewer than three steps have both. NaN = missing. Of ranks it is Spearman's.
 */
export function correlationAt(one: Float64Array, other: Float64Array, lag: number): number {
  let [n, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let i = Math.max(0, lag); i < Math.min(one.length, one.length + lag); i++) {
    const [a, b] = [at(one, i), at(other, i - lag)];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    n++;
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  const scale = Math.sqrt(n * xx - x * x) * Math.sqrt(n * yy - y * y);
  return n < MIN_STEPS || !(scale > 0) ? 0 : Math.max(-1, Math.min(1, (n * xy - x * y) / scale));
}

/**
 * The share of its values that a series is worth when independent ones are counted, above 0, at most 1: (1 - r) / (1 + r)
 * with the correlation r of neighbours (Bartlett 1946), which by ranks no single value makes. NaN = missing.
 */
export function independentShare(values: Float64Array): number {
  const ranks = ranksOf(values);
  const r = Math.min(MAX_MEMORY, Math.max(0, correlationAt(ranks, ranks, 1)));
  return (1 - r) / (1 + r);
}
