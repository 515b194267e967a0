/** The steps from `start` up to but not including `end`, as indexes into the series. */
export interface StepRange {
  readonly start: number;
  readonly end: number;
}

/** A copy of a series with NaN in the steps that are left out. */
export function withoutSteps(values: Float64Array, ranges: readonly StepRange[]): Float64Array {
  const kept = values.slice();
  for (const { start, end } of ranges) kept.fill(Number.NaN, start, end);
  return kept;
}
