import { at } from './at.ts';
import { sortedFinite } from './order-statistics.ts';

/** Terms of the series: the next one is below the precision of a double. */
const MAX_TERMS = 100;

/** How far the distributions of two samples are apart. */
export interface DistributionTest {
  /** The greatest distance of their shares below any value, 0..1. */
  readonly statistic: number;
  /** How likely at least this distance is by chance, 0..1; 1 where either has no value. */
  readonly pValue: number;
}

/**
 * The two-sample test of Kolmogorov and Smirnov, p by the limit distribution with Stephens' correction for few values
 * (Stephens, "Use of the Kolmogorov-Smirnov, Cramer-von Mises and Related Statistics Without Extensive Tables", 1970).
 * NaN = missing. `effective`: how many independent values the samples are worth, at most as many as they have; see
 * `independentShare`.
 */
export function compareDistributions(
  one: Float64Array,
  other: Float64Array,
  effective: readonly [one: number, other: number],
): DistributionTest {
  const [a, b] = [sortedFinite(one), sortedFinite(other)];
  if (a.length === 0 || b.length === 0) return { statistic: 0, pValue: 1 };
  const statistic = greatestDistance(a, b);
  const size = Math.sqrt((effective[0] * effective[1]) / (effective[0] + effective[1]));
  return { statistic, pValue: chanceOf((size + 0.12 + 0.11 / size) * statistic) };
}

function greatestDistance(a: Float64Array, b: Float64Array): number {
  let [i, j, distance] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(at(a, i), at(b, j));
    while (i < a.length && at(a, i) === value) i++;
    while (j < b.length && at(b, j) === value) j++;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  return distance;
}

/** The share of Kolmogorov's distribution above `x`. */
function chanceOf(x: number): number {
  // Below this the series converges slowly, to 1.
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= MAX_TERMS; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-17 * sum) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
