import { quantile } from '../core/statistics.ts';
import { type Buckets, bucketValues, gridOf } from './buckets.ts';
import type { CapacityResource } from './capacity-resources.ts';
import type { Metrics, TimeWindow } from './metrics.ts';
import type { OnDamaged } from './sample-reader.ts';
import type { FoundSeries } from './series-selection.ts';

/** A resource's past in regular steps. */
export interface ResourceHistory {
  readonly resource: CapacityResource;
  /** In the resource's unit, NaN = missing; from the first step with a value to the last whole one. */
  readonly values: Float64Array;
  readonly startMs: number;
  readonly stepMs: number;
  /** The last sample's value; NaN without any. */
  readonly now: number;
  /** How much it rose within the last two steps or so, in its unit; not below 0. */
  readonly recentRise: number;
  /** How far the last sample is from the first one of the last three steps; and how far apart those of a step mostly are. */
  readonly leap: number;
  readonly usualSpread: number;
}

/**
 * Reads resources of one host. What is a part of a limit is held against the last known limit all along, so that its
 * growth goes on across a resize.
 */
export async function readHistories(
  metrics: Metrics,
  resources: readonly CapacityResource[],
  { window, stepMs, onDamaged }: { window: TimeWindow; stepMs: number; onDamaged: OnDamaged },
): Promise<ResourceHistory[]> {
  const wanted = [...new Set(resources.flatMap(({ series, limit }) => (limit ? [series, limit] : [series])))];
  if (wanted.length === 0) return [];
  const grid = gridOf(window, stepMs);
  const read = await metrics.buckets(wanted, window, grid, { onDamaged });
  const bucketsOf = new Map<FoundSeries, Buckets>(wanted.map((one, i) => [one, (read[i] as (typeof read)[0]).buckets]));
  return resources.map((resource) => {
    const part = bucketsOf.get(resource.series) as Buckets;
    const limit = resource.limit && bucketsOf.get(resource.limit);
    const rising = risingIn(resource, { part, limit });
    return { resource, ...rising, ...regular(rising.means, part, window.toMs) };
  });
}

interface Read {
  readonly part: Buckets;
  readonly limit: Buckets | undefined;
}

/** Means, and the ends of the last steps, in the resource's unit. */
function risingIn({ how }: CapacityResource, { part, limit }: Read) {
  const inUnit = conversion(how, limit);
  const means = bucketValues(part, 'avg').map(inUnit);
  const lastStep = part.n.findLastIndex((n) => n > 0);
  const at = (values: Float64Array, i: number) => inUnit(values[i] ?? Number.NaN, i);
  const now = lastStep < 0 ? Number.NaN : at(part.last, lastStep);
  const firstsOf = (steps: readonly number[]) =>
    steps.filter((i) => (part.n[i] ?? 0) > 0).map((i) => at(part.first, i));
  const before = firstsOf([lastStep - 1, lastStep]);
  const leaps = firstsOf([lastStep - 2, lastStep - 1, lastStep]).map((value) => Math.abs(now - value));
  const spreads = part.max.map((max, i) =>
    (part.n[i] ?? 0) > 0 ? Math.abs(inUnit(max, i) - at(part.min, i)) : Number.NaN,
  );
  return {
    means,
    now,
    recentRise: before.length === 0 ? 0 : Math.max(0, now - Math.min(...before)),
    leap: Math.max(0, ...leaps),
    usualSpread: quantile(
      spreads
        .subarray(0, Math.max(0, lastStep - 2))
        .filter(Number.isFinite)
        .sort(),
      usually,
    ),
  };
}

/** Of all steps. */
const usually = 0.99;

/** What a step's number is in the resource's unit. */
function conversion(how: CapacityResource['how'], limit: Buckets | undefined): (value: number, step: number) => number {
  if (how === 'value' || limit === undefined) return (value) => value;
  const limits = carried(bucketValues(limit, 'avg'));
  const whole = limits.at(-1) ?? Number.NaN;
  const limitAt = (step: number) => limits[step] ?? Number.NaN;
  if (how === 'of-limit') return (used) => used / whole;
  if (how === 'free-of-limit') return (free, step) => (limitAt(step) - free) / whole;
  // The other part varies with this one: only the last sum tells how much there is.
  return (used, step) => used / (used + limitAt(step));
}

/** A limit that is not told holds as it was told last, or first. */
function carried(values: Float64Array): Float64Array {
  let last = values.find((value) => !Number.isNaN(value)) ?? Number.NaN;
  return values.map((value) => {
    if (!Number.isNaN(value)) last = value;
    return last;
  });
}

/** Fewer samples a step than this, and each step is whole with its sample. */
const singleSamples = 1.5;

/**
 * Without the steps before the first value and the one that is still running; in longer steps where samples are rarer
 * than steps.
 */
function regular(means: Float64Array, { n, startMs, stepMs }: Buckets, toMs: number) {
  const filled = [...n.keys()].filter((i) => (n[i] ?? 0) > 0);
  const first = filled[0] ?? 0;
  const distances = filled.slice(1).map((step, i) => step - (filled[i] as number));
  const every = distances.sort((a, b) => a - b)[distances.length >> 1] ?? 1;
  const isSingle = n.reduce((sum, count) => sum + count, 0) / Math.max(1, filled.length) <= singleSamples;
  const whole = Math.floor((toMs - startMs) / stepMs);
  const end = isSingle ? Math.max(whole, (filled.at(-1) ?? -1) + 1) : whole;
  const kept = means.subarray(first, Math.max(first, end));
  if (every <= 1) return { values: kept.slice(), startMs: startMs + first * stepMs, stepMs };
  const count = Math.ceil(kept.length / every);
  const values = Float64Array.from({ length: count }, (_, i) => mean(kept.subarray(i * every, (i + 1) * every)));
  return { values, startMs: startMs + first * stepMs, stepMs: stepMs * every };
}

function mean(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
