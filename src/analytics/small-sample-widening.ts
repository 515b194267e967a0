import { normalQuantile, studentQuantile } from './normal.ts';

/**
 * How much wider a central interval of the normal distribution becomes when its spread is known from `samples` (> 2)
 * values only: the ratio of Student's t to the normal quantile. `level`: nominal coverage, above 0 and below 1.
 */
export function smallSampleWidening(level: number, samples: number): number {
  const p = (1 + level) / 2;
  return studentQuantile(p, samples - 1) / normalQuantile(p);
}
