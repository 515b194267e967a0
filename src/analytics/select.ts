import type { BacktestedForecaster } from './rolling-origin.ts';

/** A simpler method is kept unless another one is better by more than this share. */
const NEAR_TIE = 0.02;

/**
 * The method with the least mean absolute error, or the first one that nearly ties with it: callers list the simpler
 * methods first. Undefined for an empty list.
 */
export function selectForecaster(tested: readonly BacktestedForecaster[]): BacktestedForecaster | undefined {
  const best = Math.min(...tested.map((t) => t.meanAbsoluteError));
  return tested.find((t) => t.meanAbsoluteError <= best * (1 + NEAR_TIE));
}
