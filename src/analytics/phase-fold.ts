import { at } from './at.ts';

/** The values without the mean of each phase of a cycle of `period` steps. NaN = missing. Linear. */
export function removePhaseMeans(values: Float64Array, period: number): Float64Array {
  const { sums, counts } = foldOf(values, period, period);
  return values.map((value, i) => value - at(sums, i % period) / at(counts, i % period));
}

/**
 * What the means of `bins` equal parts of a cycle explain of the sum of squares; the higher, the better the period. NaN =
 * missing. Phase dispersion minimization (Stellingwerf 1978). Linear.
 */
export function explainedByPhase(values: Float64Array, period: number, bins: number): number {
  const { sums, counts } = foldOf(values, period, Math.min(bins, period));
  return sums.reduce((total, sum, bin) => total + (sum * sum) / Math.max(1, at(counts, bin)), 0);
}

function foldOf(values: Float64Array, period: number, bins: number): { sums: Float64Array; counts: Float64Array } {
  const sums = new Float64Array(bins);
  const counts = new Float64Array(bins);
  const binOfPhase = Int32Array.from({ length: period }, (_, phase) => Math.floor((phase * bins) / period));
  for (let i = 0, phase = 0; i < values.length; i++) {
    const value = at(values, i);
    const bin = binOfPhase[phase] ?? 0;
    if (++phase === period) phase = 0;
    if (Number.isNaN(value)) continue;
    sums[bin] = at(sums, bin) + value;
    counts[bin] = at(counts, bin) + 1;
  }
  return { sums, counts };
}
