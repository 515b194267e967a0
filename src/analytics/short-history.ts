import { at } from './at.ts';
import type { ErrorBand } from './error-model.ts';

/** Share of the level that is taken for a typical step when the values show none. */
const UNKNOWN_STEP = 0.1;

/**
 * A wide band around the last value for a series too short to measure errors on: a random walk with the steps seen so
 * far, at the width that Chebyshev's inequality grants for any distribution. `values`: at least one is finite.
 */
export function shortHistoryBand(values: Float64Array, level: number, horizon: number): ErrorBand {
  const reach = typicalStep(values.filter(Number.isFinite)) / Math.sqrt(1 - level);
  const above = Float64Array.from({ length: horizon }, (_, step) => reach * Math.sqrt(step + 1));
  return { below: above.map((distance) => -distance), above };
}

/** Root mean square of the differences; a tenth of the level when there are none. */
function typicalStep(known: Float64Array): number {
  const differences = known.subarray(1).map((value, i) => value - at(known, i));
  const meanSquare = differences.reduce((sum, d) => sum + d * d, 0) / Math.max(1, differences.length);
  return meanSquare > 0 ? Math.sqrt(meanSquare) : UNKNOWN_STEP * Math.abs(at(known, 0));
}
