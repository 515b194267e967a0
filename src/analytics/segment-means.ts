import { at } from './at.ts';

/** Of series up to this length all places of a change are compared with each other. */
const MAX_EXACT = 500;
/** Of longer ones so many at most. */
const MAX_CANDIDATES = 2_000;
/** Of a likely place's gain, in penalties: what is less cannot be one of a best segmentation, but for a rare pair. */
const LEAST_GAIN = 0.3;
/** A chosen place is moved by at most so many steps to the best one near it. */
const NEAR = 32;

export interface SegmentOptions {
  /** What one more change must gain, in weighted squares of the values. */
  readonly penalty: number;
  /** What the square of each value's distance from the mean counts, > 0. */
  readonly weights: Float64Array;
  /** Whether a segment is one beside the one before it, all values considered; asked of the short ones. */
  readonly isLasting: (before: Segment, segment: Segment) => boolean;
  /** The shortest segment, >= 1. */
  readonly minSteps: number;
}

/** The steps from `from` to before `to`. */
export interface Segment {
  readonly from: number;
  readonly to: number;
}

/** A step at which the mean changes, and how much smaller the sum of squares is for it than without it. */
export interface MeanChange {
  readonly index: number;
  readonly gain: number;
}

/**
 * Where the mean of `values` (all finite) changes: the segmentation with the smallest sum of squares plus a penalty a
 * change, by PELT (Killick, Fearnhead & Eckley, "Optimal Detection of Changepoints With a Linear Computational Cost", 2012).
 * Exact up to 500 values. PELT prunes little where little changes: of longer series only the 2,000 likeliest places are
 * compared, those at which windows of some length differ most on either side (screening and ranking; Niu & Zhang 2012).
 * Ascending. Takes n log n.
 */
export function segmentMeans(values: Float64Array, { weights, isLasting, ...limits }: SegmentOptions): MeanChange[] {
  const n = values.length;
  if (n < 2 * limits.minSteps) return [];
  const cost = createSquares(values, weights);
  const isExact = n <= MAX_EXACT;
  const best = bestOf(isExact ? everyPlace(n) : likelyPlaces(cost, n, limits), cost, limits);
  const changes = isExact ? best : moved(best, cost, n, limits.minSteps);
  return withGains(withoutBlips(changes, cost, n, { ...limits, isLasting }), cost, n);
}

type Limits = Pick<SegmentOptions, 'penalty' | 'minSteps'>;

/** Sum of weighted squares of `[from, to)` around their mean, in constant time. */
type Squares = (from: number, to: number) => number;

function createSquares(values: Float64Array, weights: Float64Array): Squares {
  const counts = new Float64Array(values.length + 1);
  const sums = new Float64Array(values.length + 1);
  const squares = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    const weighted = at(weights, i) * at(values, i);
    counts[i + 1] = at(counts, i) + at(weights, i);
    sums[i + 1] = at(sums, i) + weighted;
    squares[i + 1] = at(squares, i) + weighted * at(values, i);
  }
  return (from, to) => {
    const sum = at(sums, to) - at(sums, from);
    return Math.max(0, at(squares, to) - at(squares, from) - (sum * sum) / (at(counts, to) - at(counts, from)));
  };
}

function everyPlace(n: number): Int32Array {
  return Int32Array.from({ length: n + 1 }, (_, i) => i);
}

/** Both ends, and the places between with the greatest gain of a change among those around, whatever the window. */
function likelyPlaces(cost: Squares, n: number, { penalty, minSteps }: Limits): Int32Array {
  const found = new Map<number, number>();
  for (let width = minSteps; 2 * width <= n; width *= 2) {
    const gains = new Float64Array(n + 1);
    for (let i = width; i + width <= n; i++) gains[i] = gainOf(cost, i - width, i, i + width);
    for (const i of peaks(gains, width)) {
      const gain = at(gains, i);
      if (gain >= LEAST_GAIN * penalty) found.set(i, Math.max(gain, found.get(i) ?? 0));
    }
  }
  const likeliest = [...found].sort((a, b) => b[1] - a[1]).slice(0, MAX_CANDIDATES);
  return Int32Array.from([0, ...likeliest.map(([i]) => i), n]).sort();
}

function gainOf(cost: Squares, from: number, i: number, to: number): number {
  return cost(from, to) - cost(from, i) - cost(i, to);
}

/** The greatest of each `width` values that is also the greatest within as many on either side. */
function* peaks(gains: Float64Array, width: number): Generator<number> {
  const half = Math.max(1, width >> 1);
  for (let start = 0; start < gains.length; start += half) {
    const best = greatest(gains, start, start + half);
    if (at(gains, best) > 0 && greatest(gains, best - half, best + half + 1) === best) yield best;
  }
}

function greatest(values: Float64Array, from: number, to: number): number {
  let best = Math.max(0, from);
  for (let i = best + 1; i < Math.min(to, values.length); i++) if (at(values, i) > at(values, best)) best = i;
  return best;
}

/** The changes of the best segmentation with all of its changes among `places`, which begin with 0 and end with n. */
function bestOf(places: Int32Array, cost: Squares, { penalty, minSteps }: Limits): number[] {
  const count = places.length;
  const best = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(count).fill(-1);
  /** From this place on, another one is never worse as the start of the last segment. */
  const useless = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  best[0] = -penalty;
  let open: number[] = [];
  let next = 0;
  for (let t = 1; t < count; t++) {
    const end = places[t] ?? 0;
    for (; next < t && end - (places[next] ?? 0) >= minSteps; next++) {
      if (at(best, next) < Number.POSITIVE_INFINITY) open.push(next);
    }
    open = open.filter((s) => at(useless, s) > end);
    for (const s of open) {
      const total = at(best, s) + cost(places[s] ?? 0, end) + penalty;
      if (total >= at(best, t)) continue;
      best[t] = total;
      from[t] = s;
    }
    for (const s of open) {
      const isBeaten = at(best, s) + cost(places[s] ?? 0, end) > at(best, t);
      // A segment that starts at t must be long enough before it can take the place of one that starts earlier.
      if (isBeaten) useless[s] = Math.min(at(useless, s), end + minSteps);
    }
  }
  const changes: number[] = [];
  for (let t = from[count - 1] ?? -1; t > 0; t = from[t] ?? -1) changes.push(places[t] ?? 0);
  return changes.reverse();
}

/** Each change at the best step near it, between its neighbours. */
function moved(changes: readonly number[], cost: Squares, n: number, minSteps: number): number[] {
  const now = [...changes];
  for (const [k, index] of now.entries()) {
    const [before, after] = [now[k - 1] ?? 0, now[k + 1] ?? n];
    let best = index;
    const last = Math.min(index + NEAR, after - minSteps);
    for (let i = Math.max(index - NEAR, before + minSteps); i <= last; i++) {
      if (cost(before, i) + cost(i, after) < cost(before, best) + cost(best, after)) best = i;
    }
    now[k] = best;
  }
  return now;
}

/** Without the ends of short segments that are none, and what gains too little without those. */
function withoutBlips(
  changes: readonly number[],
  cost: Squares,
  n: number,
  { penalty, minSteps, isLasting }: Omit<SegmentOptions, 'weights'>,
): number[] {
  const kept = [...changes];
  for (let k = 0; k < kept.length; ) {
    const [before, index, after] = [kept[k - 1] ?? 0, kept[k] ?? 0, kept[k + 1] ?? n];
    const isShort = after - index < 2 * minSteps;
    const isBlip = isShort && !isLasting({ from: before, to: index }, { from: index, to: after });
    if (isBlip || gainOf(cost, before, index, after) < penalty / 2) {
      kept.splice(k, 1);
      k = Math.max(0, k - 1);
    } else k++;
  }
  return kept;
}

function withGains(changes: readonly number[], cost: Squares, n: number): MeanChange[] {
  return changes.map((index, k) => ({
    index,
    gain: gainOf(cost, changes[k - 1] ?? 0, index, changes[k + 1] ?? n),
  }));
}
