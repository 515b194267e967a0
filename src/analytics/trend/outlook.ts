import { at } from '../at.ts';
import { findPeriods } from '../periods.ts';
import { blockShape, cutBlocks } from './blocks.ts';
import { type Doubt, forecastTrend, type TrendForecast } from './trend-forecast.ts';

/** What is expected of each step after a series: a trend, and on it the shape that recurs. */
export interface Outlook {
  readonly trend: TrendForecast;
  /** Steps in a block, which is the unit of the trend. */
  readonly size: number;
  /** Blocks from the last one's middle to the step `step` (1 = the first after the series). */
  ahead(step: number): number;
  /** What the shape adds there. */
  shape(step: number): number;
}

/** A trend of fewer blocks says nothing. */
export const MIN_BLOCKS = 6;
/** Blocks that a history is cut into where no season tells their size. */
const WANTED_BLOCKS = 40;
export const MAX_BLOCKS = 100;
const MIN_SEASONS = 3;
const DAY_MS = 86_400_000;

/** The season that a history's blocks are made of, in steps: what is given, a day, or what is found; 1 without any. */
export function seasonOf(
  values: Float64Array,
  { periods, stepMs }: { periods?: readonly number[] | undefined; stepMs?: number | undefined },
): number {
  const day = stepMs === undefined ? 0 : DAY_MS / stepMs;
  const known = periods ?? (Number.isInteger(day) && day >= 1 ? [day] : findPeriods(values, stepMs));
  return known.find((period) => period * MIN_SEASONS <= values.length) ?? 1;
}

/**
 * Learns trend and shape; null when there are too few values.
 * `values`: NaN = missing, the last one finite; `season` and `horizon` in steps, `level` of the interval; `doubt`: what
 * makes level and slope less sure than the values show.
 */
export function outlookOf(
  values: Float64Array,
  { season, horizon, level, doubt }: { season: number; horizon: number; level: number; doubt?: Doubt | undefined },
): Outlook | null {
  const shape = blockShape(values, cutBlocks(values, season));
  const offset = values.length % season;
  const shapeless = values.map((value, i) => value - at(shape, (i - offset + season) % season));
  const size = blockSize(values.length, season);
  const blocks = cutBlocks(shapeless, size).values;
  const usable = blocks.subarray(blocks.findIndex(Number.isFinite));
  if (usable.filter(Number.isFinite).length < MIN_BLOCKS) return null;
  return {
    trend: forecastTrend(usable, { horizon: Math.ceil(horizon / size), level, doubt }),
    size,
    ahead: (step) => (step + (size - 1) / 2) / size,
    shape: (step) => at(shape, (step - 1) % season),
  };
}

function blockSize(length: number, season: number): number {
  if (length >= MIN_BLOCKS * season && season > 1) return season * Math.ceil(length / season / MAX_BLOCKS);
  return Math.max(1, Math.floor(length / WANTED_BLOCKS));
}
