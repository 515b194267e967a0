import { at } from '../at.ts';
import { denormalize, normalize } from '../normalize.ts';
import { median } from '../order-statistics.ts';

/** Median and mean absolute deviation to standard deviation, for normal values. */
const MAD_TO_SIGMA = 1.4826;
const MEAN_TO_SIGMA = 1.2533;
/** A width below this share of the mean one is of a metric that rests most of the time. */
const MIN_SHARE_OF_MEAN = 0.1;
/** What is further out counts by its logarithm: bursts of all sizes are alike, and one thousand times larger does not rule. */
const LINEAR_TO = 3;
/** What is further out pulls no harder on the model. */
const CLIPPED_AT = 6;
const MIN_VALUES = 12;

/** A metric in robust standard deviations from its median, by their logarithm where they are many. */
export interface Column {
  readonly id: string;
  /** As the caller has them. */
  readonly values: Float64Array;
  /** NaN = missing. */
  readonly z: Float64Array;
  /** A `z` in the unit of the metric. */
  readonly inUnit: (z: number) => number;
}

/** The column of a metric, or why it tells nothing of the others. */
export function standardize(id: string, values: Float64Array): Column | string {
  const { values: normalized, unit, finite } = normalize(values);
  if (finite < MIN_VALUES) return `has ${finite} values, fewer than ${MIN_VALUES}`;
  const centre = median(normalized);
  const deviations = normalized.map((value) => Math.abs(value - centre));
  const mean = deviations.reduce((sum, one) => (Number.isNaN(one) ? sum : sum + one), 0) / finite;
  if (!(mean > Number.EPSILON * Math.abs(centre))) return 'is constant';
  const width = Math.max(MAD_TO_SIGMA * median(deviations), MIN_SHARE_OF_MEAN * MEAN_TO_SIGMA * mean);
  return {
    id,
    values,
    z: normalized.map((value) => soften((value - centre) / width)),
    inUnit: (z) => denormalize(centre + width * harden(z), unit),
  };
}

function soften(deviation: number): number {
  const size = Math.abs(deviation);
  return size > LINEAR_TO ? Math.sign(deviation) * LINEAR_TO * (1 + Math.log(size / LINEAR_TO)) : deviation;
}

function harden(z: number): number {
  const size = Math.abs(z);
  return size > LINEAR_TO ? Math.sign(z) * LINEAR_TO * Math.exp(size / LINEAR_TO - 1) : z;
}

/** All columns at a step, pulled in where they are far out and 0 where they are missing. */
export function rowOf(columns: readonly Column[], step: number): Float64Array {
  return Float64Array.from(columns, ({ z }) => clipped(at(z, step)));
}

function clipped(z: number): number {
  return Number.isNaN(z) ? 0 : Math.min(CLIPPED_AT, Math.max(-CLIPPED_AT, z));
}
