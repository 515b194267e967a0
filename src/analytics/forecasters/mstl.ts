import { at } from '../at.ts';
import { continueLevel, smoothExponentially } from '../exponential-smoothing.ts';
import type { Forecaster } from '../forecaster.ts';
import { decompose } from '../stl.ts';

/** Cycles of the longest season that are decomposed, the latest ones: seasons change, and more cost more. */
const MAX_CYCLES = 10;

/**
 * Seasons by MSTL, each continued by its last cycle, on top of exponential smoothing with a damped trend of what they
 * leave, fitted two of the shortest cycles ahead. `periods`: in steps, ascending, one or two; one that the history does
 * not hold twice is left out.
 * Bandara, Hyndman & Bergmeir, "MSTL: A Seasonal-Trend Decomposition Algorithm for Time Series with Multiple Seasonal
 * Patterns" (2021), with one smoothing method in place of a choice among the ETS family.
 */
export function mstl(periods: readonly number[]): Forecaster {
  const shortest = Math.min(...periods);
  return {
    name: `mstl(${periods.join(',')})`,
    minPoints: 2 * shortest + 1,
    fit(history) {
      const used = periods.filter((period) => 2 * period < history.length);
      const recent = history.subarray(Math.max(0, history.length - MAX_CYCLES * Math.max(...used)));
      const { seasons, adjusted } = decompose(recent, used);
      const state = smoothExponentially(adjusted, 2 * shortest, true);
      const cycles = used.map((period, i) => seasons[i]?.slice(-period) ?? new Float64Array(period));
      return { predict: (horizon) => withSeasons(continueLevel(state, horizon), cycles) };
    },
  };
}

function withSeasons(level: Float64Array, cycles: readonly Float64Array[]): Float64Array {
  return level.map((value, step) => cycles.reduce((sum, cycle) => sum + at(cycle, step % cycle.length), value));
}
