/**
 * The distribution of a stream in 37 numbers: counts in bins that are narrow around the middle and widen like a sinh, so
 * that 33 of them reach from a third of the spread to a hundred times it. Old values fade.
 *
 * Memory, Float32: centre, spread, total weight, mean absolute deviation, then the counts from the lowest bin up.
 */
const CENTRE = 0;
const SPREAD = 1;
const TOTAL = 2;
const DEVIATION = 3;
const COUNTS = 4;
/** Bins on either side of the middle one. */
const REACH = 16;
const BINS = 2 * REACH + 1;
export const SKETCH_WIDTH = COUNTS + BINS;

/** Bins to a unit of asinh: as many to a spread near the middle. */
const FINENESS = 3;
/** With fewer values nothing is a surprise. */
const MIN_SEEN = 8;
/** The share of the weight that makes a tail, */
const TAIL_SHARE = 0.04;
/** how fast a tail falls off, in bins, before its own values tell, as if that had been seen so often. */
const USUAL_TAIL = 0.3;
const USUAL_TAIL_SEEN = 150;
/** n values tell of nothing rarer than this power of 1/n. */
const MAX_POWER = 3;
const MAX_SURPRISE = 40;
/** Deviations over which their mean is taken. */
const DEVIATION_MEMORY = 200;
/** Values after which the bins are laid anew, once there are as many. */
const REGRID_EVERY = 512;
/** The interquartile range, and the range from 5 to 95 %, of normal values in standard deviations. */
const QUARTILES = 1.349;
const MIDDLE_90 = 3.29;
/** A share of the wider range, and of the mean deviation, that the spread does not fall below. */
const SHARE_OF_WIDE = 0.2;
const SHARE_OF_DEVIATION = 0.02;
/** How much the spread must have changed, or the centre moved in spreads, for bins to be laid anew. */
const SPREAD_CHANGE = 1.3;
const CENTRE_CHANGE = 0.5;

/**
 * How surprising it is to see `u` or anything further out on its side: -ln of twice the tail's probability, >= 0. Among
 * the bins by their counts; beyond them by a tail that falls off as a power (Hill, 1975, shrunk to a usual exponent).
 *
 * `at`: where the sketch begins in `f`; `seen`: values it has learned.
 */
export function surprise(f: Float32Array, at: number, u: number, seen: number): number {
  const spread = f[at + SPREAD] ?? 0;
  if (seen < MIN_SEEN) return 0;
  if (spread === 0) return u === f[at + CENTRE] ? 0 : Math.log(seen);
  const bin = toBin(u, f[at + CENTRE] ?? 0, spread);
  const side = bin >= 0 ? 1 : -1;
  const { start, length } = tailOf(f, at, side);
  const g = bin * side;
  const probability = g <= start ? countedShare(f, at, g, side) : TAIL_SHARE * Math.exp((start - g) / length);
  if (probability >= 0.5) return 0;
  return Math.min(-Math.log(2 * probability), MAX_POWER * Math.log(seen), MAX_SURPRISE);
}

/** The value on one side (1: above, -1: below) beyond which lies a share `probability`, at most 4 %; NaN before any. */
export function tailQuantile(f: Float32Array, at: number, probability: number, side: 1 | -1): number {
  const spread = f[at + SPREAD] ?? 0;
  const centre = f[at + CENTRE] ?? 0;
  if (spread === 0) return f[at + TOTAL] === 0 ? Number.NaN : centre;
  const { start, length } = tailOf(f, at, side);
  return fromBin(side * (start + length * Math.log(TAIL_SHARE / probability)), centre, spread);
}

/** Learns a value. `seen`: how many before it; `memory`: the weight, in values, at which the old ones are halved. */
export function learn(f: Float32Array, at: number, u: number, { seen, memory, phase }: Learning): void {
  if (seen === 0) f[at + CENTRE] = u;
  const away = Math.abs(u - (f[at + CENTRE] ?? 0));
  const deviation = f[at + DEVIATION] ?? 0;
  f[at + DEVIATION] = deviation + (away - deviation) / Math.min(seen + 1, DEVIATION_MEMORY);
  if (f[at + SPREAD] === 0) f[at + SPREAD] = away;
  const spread = f[at + SPREAD] ?? 0;
  const bin = spread === 0 ? 0 : nearestBin(toBin(u, f[at + CENTRE] ?? 0, spread));
  const slot = at + COUNTS + REACH + bin;
  f[slot] = (f[slot] ?? 0) + 1;
  const total = (f[at + TOTAL] ?? 0) + 1;
  f[at + TOTAL] = total;
  if (total > memory) halve(f, at);
  const count = seen + 1;
  if (count >= MIN_SEEN && (count + phase) % regridEvery(count) === 0) regrid(f, at);
}

/** Once between each power of two and the next, later once in 512. */
function regridEvery(count: number): number {
  return Math.min(REGRID_EVERY, 2 ** (31 - Math.clz32(count)));
}

export interface Learning {
  seen: number;
  memory: number;
  /** 0..511: when bins are laid anew, so that not all do it at once. */
  phase: number;
}

interface Tail {
  /** Where it starts, in bins from the centre towards its side. */
  readonly start: number;
  /** Mean excess over the start, in bins. */
  readonly length: number;
}

function tailOf(f: Float32Array, at: number, side: number): Tail {
  const middle = at + COUNTS + REACH;
  const weight = TAIL_SHARE * (f[at + TOTAL] ?? 0);
  let above = 0;
  let moment = 0;
  let bin = REACH;
  let count = 0;
  for (; bin > -REACH; bin--) {
    count = f[middle + side * bin] ?? 0;
    if (above + count > weight) break;
    above += count;
    moment += count * bin;
  }
  const part = count > 0 ? Math.min(1, (weight - above) / count) : 0;
  const start = bin + 0.5 - part;
  const excess = moment - above * start + (count * part * part) / 2;
  return { start, length: (excess + USUAL_TAIL_SEEN * USUAL_TAIL) / (weight + USUAL_TAIL_SEEN) };
}

/** The share of the weight at or beyond `g` bins on a side, within a bin in proportion. */
function countedShare(f: Float32Array, at: number, g: number, side: number): number {
  const middle = at + COUNTS + REACH;
  const own = nearestBin(g);
  let above = (f[middle + side * own] ?? 0) * Math.max(0, Math.min(1, own + 0.5 - g));
  for (let bin = REACH; bin > own; bin--) above += f[middle + side * bin] ?? 0;
  return above / (f[at + TOTAL] ?? 1);
}

function halve(f: Float32Array, at: number): void {
  for (let i = at + COUNTS; i < at + SKETCH_WIDTH; i++) f[i] = (f[i] ?? 0) / 2;
  f[at + TOTAL] = (f[at + TOTAL] ?? 0) / 2;
}

/** Centres the bins on the median and sets their width by the spread, if these have changed. */
function regrid(f: Float32Array, at: number): void {
  const quartile = quantile(f, at, 0.25);
  const centre = quantile(f, at, 0.5);
  const spread = Math.max(
    (quantile(f, at, 0.75) - quartile) / QUARTILES,
    (SHARE_OF_WIDE * (quantile(f, at, 0.95) - quantile(f, at, 0.05))) / MIDDLE_90,
    SHARE_OF_DEVIATION * (f[at + DEVIATION] ?? 0),
  );
  if (!(spread > 0)) return;
  const oldSpread = f[at + SPREAD] ?? 0;
  const isSame = spread < SPREAD_CHANGE * oldSpread && oldSpread < SPREAD_CHANGE * spread;
  if (isSame && Math.abs(centre - (f[at + CENTRE] ?? 0)) < CENTRE_CHANGE * spread) return;
  moveCounts(f, at, centre, spread);
}

const moved = new Float64Array(BINS);

/** Spreads each bin's count evenly over where the bin lies among the new ones. */
function moveCounts(f: Float32Array, at: number, centre: number, spread: number): void {
  const oldCentre = f[at + CENTRE] ?? 0;
  const oldSpread = f[at + SPREAD] ?? 0;
  const edge = (bin: number) => {
    const g = toBin(fromBin(bin, oldCentre, oldSpread), centre, spread);
    return Math.max(-REACH - 0.5, Math.min(REACH + 0.5, g)) + REACH + 0.5;
  };
  moved.fill(0);
  let low = edge(-REACH - 0.5);
  for (let bin = 0; bin < BINS; bin++) {
    const high = edge(bin - REACH + 0.5);
    const count = f[at + COUNTS + bin] ?? 0;
    if (count > 0) spreadOver(low, high, count);
    low = high;
  }
  let total = 0;
  for (let bin = 0; bin < BINS; bin++) {
    f[at + COUNTS + bin] = moved[bin] ?? 0;
    total += f[at + COUNTS + bin] ?? 0;
  }
  f[at + CENTRE] = centre;
  f[at + SPREAD] = spread;
  f[at + TOTAL] = total;
}

function spreadOver(low: number, high: number, count: number): void {
  const first = Math.min(BINS - 1, Math.floor(low));
  const last = Math.min(BINS - 1, Math.floor(high));
  if (first === last) {
    moved[first] = (moved[first] ?? 0) + count;
    return;
  }
  for (let bin = first; bin <= last; bin++) {
    const overlap = Math.min(high, bin + 1) - Math.max(low, bin);
    moved[bin] = (moved[bin] ?? 0) + (count * overlap) / (high - low);
  }
}

/** The value below which a share `q` of the weight lies. */
function quantile(f: Float32Array, at: number, q: number): number {
  const wanted = q * (f[at + TOTAL] ?? 0);
  let below = 0;
  let bin = 0;
  for (; bin < BINS; bin++) {
    const count = f[at + COUNTS + bin] ?? 0;
    if (count > 0 && below + count >= wanted) {
      bin += (wanted - below) / count;
      break;
    }
    below += count;
  }
  return fromBin(bin - REACH - 0.5, f[at + CENTRE] ?? 0, f[at + SPREAD] ?? 0);
}

function toBin(u: number, centre: number, spread: number): number {
  return FINENESS * Math.asinh((u - centre) / spread);
}

function fromBin(bin: number, centre: number, spread: number): number {
  return centre + spread * Math.sinh(bin / FINENESS);
}

function nearestBin(g: number): number {
  return Math.max(-REACH, Math.min(REACH, Math.round(g)));
}
