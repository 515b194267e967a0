import { at } from './at.ts';
import { loess, loessAt } from './loess.ts';

const INNER_LOOPS = 2;

/** A series taken apart: `values[i]` is the sum of all seasons, trend and remainder. */
export interface Decomposition {
  /** One array per period, in the order of the periods, each as long as the series. */
  readonly seasons: readonly Float64Array[];
  /** The series without its seasons. */
  readonly adjusted: Float64Array;
}

/**
 * Seasons of several periods that change slowly, found one after the other, the shorter first, each on what those before
 * it leave; going round again, as R's `mstl` does, changed no forecast that was measured. Seasonal windows, smoothing
 * degrees and jumps are its own.
 *
 * `values`: all finite; `periods`: in steps, ascending, each at most half of the length. Linear in the length.
 * Bandara, Hyndman & Bergmeir, "MSTL" (2021).
 */
export function decompose(values: Float64Array, periods: readonly number[]): Decomposition {
  let adjusted = Float64Array.from(values);
  const seasons = periods.map((period, index) => {
    const season = stlSeason(adjusted, period, 7 + 4 * (index + 1));
    adjusted = difference(adjusted, season);
    return season;
  });
  return { seasons, adjusted };
}

/** The inner loop of Cleveland et al., "STL: A Seasonal-Trend Decomposition Procedure Based on Loess" (1990). */
function stlSeason(values: Float64Array, period: number, window: number): Float64Array {
  const trendWindow = nextOdd(Math.ceil((1.5 * period) / (1 - 1.5 / window)));
  let trend: Float64Array = new Float64Array(values.length);
  let season = trend;
  for (let loop = 0; loop < INNER_LOOPS; loop++) {
    const cycles = smoothCycles(difference(values, trend), period, window);
    season = difference(cycles.subarray(period, period + values.length), lowPass(cycles, period));
    if (loop + 1 === INNER_LOOPS) break;
    trend = smoothLine(difference(values, season), trendWindow);
  }
  return season;
}

/** Each phase smoothed over its cycles and continued by one cycle at both ends: `period` longer on either side. */
function smoothCycles(values: Float64Array, period: number, window: number): Float64Array {
  const smooth = new Float64Array(values.length + 2 * period);
  const options = { window, degree: 0, jump: Math.ceil(window / 10) } as const;
  for (let phase = 0; phase < period; phase++) {
    const length = Math.ceil((values.length - phase) / period);
    const ofPhase = Float64Array.from({ length }, (_, cycle) => at(values, phase + cycle * period));
    smooth[phase] = loessAt(ofPhase, -1, options);
    loess(ofPhase, options).forEach((value, cycle) => {
      smooth[phase + (cycle + 1) * period] = value;
    });
    smooth[phase + (length + 1) * period] = loessAt(ofPhase, length, options);
  }
  return smooth;
}

/** What is left of the smoothed cycles when all of the season is averaged out: `2 * period` shorter. */
function lowPass(cycles: Float64Array, period: number): Float64Array {
  return smoothLine(movingMean(movingMean(movingMean(cycles, period), period), 3), nextOdd(period));
}

function smoothLine(values: Float64Array, window: number): Float64Array {
  return loess(values, { window, degree: 1, jump: Math.ceil(window / 10) });
}

/** The mean of each run of `window` values: `window - 1` shorter. */
function movingMean(values: Float64Array, window: number): Float64Array {
  const means = new Float64Array(values.length - window + 1);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += at(values, i);
    if (i + 1 < window) continue;
    means[i + 1 - window] = sum / window;
    sum -= at(values, i + 1 - window);
  }
  return means;
}

function difference(a: Float64Array, b: Float64Array): Float64Array<ArrayBuffer> {
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = at(a, i) - at(b, i);
  return result;
}

function nextOdd(window: number): number {
  return window % 2 === 0 ? window + 1 : window;
}
