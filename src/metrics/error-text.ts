import { round } from '../core/format.ts';

/** Mean absolute errors of a forecaster and of the naive method beside it, both in the same unit. */
export interface Errors {
  readonly error: number;
  readonly baseline: number;
}

/** Gives 0 for numbers that are nothing but rounding of the computation. */
export function zeroUpTo(limit: number): (value: number) => number {
  return (value) => (Math.abs(value) <= limit ? 0 : value);
}

/**
 * An error and how many times the naive method's it is, where that can be told.
 * @param naive what the naive method is or does, as in "that of repeating the last value"
 * @param shown how an error is written
 */
export function errorText(
  { error, baseline }: Errors,
  { naive, shown }: { naive: string; shown: (error: number) => string },
): string {
  return error > 0 && baseline > 0
    ? `${shown(error)}, ${round(error / baseline, 2)} times that of ${naive} (${shown(baseline)})`
    : `${shown(error)}, that of ${naive} ${shown(baseline)}`;
}
