import { at } from './at.ts';

/** The finite values in ascending order, as a new array. */
export function sortedFinite(values: Float64Array): Float64Array {
  return values.filter(Number.isFinite).sort();
}

/**
 * The quantile of ascending values at `probability` 0..1, linear between order statistics; NaN when there are none.
 * Definition 7 of Hyndman & Fan, "Sample Quantiles in Statistical Packages" (1996).
 */
export function quantile(sorted: Float64Array, probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const lower = at(sorted, below);
  const weight = position - below;
  return weight === 0 ? lower : lower + weight * (at(sorted, below + 1) - lower);
}

/** The median of the finite values; NaN when there are none. */
export function median(values: Float64Array): number {
  return quantile(sortedFinite(values), 0.5);
}
