import { at } from './at.ts';
import { median } from './order-statistics.ts';

/**
 * The median of each phase of a cycle of `period` steps; phase 0 is that of index 0. NaN = missing; a phase without any
 * value is 0. Linear in the length (n log of the number of cycles).
 */
export function phaseMedians(values: Float64Array, period: number): Float64Array {
  return phaseStatistics(values, period, median);
}

/** As {@link phaseMedians}, with any statistic of the values of a phase. */
export function phaseStatistics(
  values: Float64Array,
  period: number,
  statistic: (ofPhase: Float64Array) => number,
): Float64Array {
  return Float64Array.from({ length: period }, (_, phase) => statistic(everyNth(values, phase, period)) || 0);
}

function everyNth(values: Float64Array, first: number, step: number): Float64Array {
  const length = Math.max(0, Math.ceil((values.length - first) / step));
  return Float64Array.from({ length }, (_, i) => at(values, first + i * step));
}
