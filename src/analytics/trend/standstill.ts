import { SLOPE_OF_WALK } from './noise.ts';
import { flat, latest, steady, type Trend, theilSen, trendOf } from './trend.ts';

/** Fewer blocks may be a weekend. */
const MIN_STILL = 3;
/** Blocks before it that a growth is told from. */
const MIN_BEFORE = 5;
/** Less than this share of what the growth was is none. */
const STILL = 0.2;
/** Standard errors: of the growth before, and of the growth since by what the series varied before. */
const SIGNIFICANT = 2;
const SURE = 4;

/** The level of a series that grew and has come to a stand; it may grow again as it did, the less so the longer it stands. */
export function standstillOf(values: Float64Array): Trend | null {
  const most = Math.min(latest(values.length), values.length - MIN_BEFORE);
  for (let blocks = most; blocks >= MIN_STILL; blocks--) {
    const again = (growthBefore(values, blocks) * MIN_STILL) / blocks;
    if (again > 0) return { ...trendOf(values, flat.growthOf(values), blocks), slopeVariance: again * again };
  }
  return null;
}

/**
 * How a series grew before it came to a stand in its last `blocks`, such as a disk that somebody made stop filling: neither
 * does its line go on then, nor one through what is left of the growth. 0 where it has not stopped, or has paused for as
 * long before. `values`: one a block, NaN = missing.
 */
function growthBefore(values: Float64Array, blocks: number): number {
  const before = values.subarray(0, values.length - blocks);
  const since = values.subarray(values.length - blocks);
  if (before.filter(Number.isFinite).length < MIN_BEFORE || !since.every(Number.isFinite)) return 0;
  const { slope, slopeVariance, noise } = trendOf(before, steady.growthOf(before));
  if (slope <= SIGNIFICANT * Math.sqrt(slopeVariance) || theilSen(since) > STILL * slope) return 0;
  const chance = Math.sqrt((12 * noise.scatter) / blocks ** 3 + (SLOPE_OF_WALK * noise.walk) / blocks);
  return slope > SURE * chance && !hasPaused(before, { blocks, slope }) ? slope : 0;
}

function hasPaused(before: Float64Array, { blocks, slope }: { blocks: number; slope: number }): boolean {
  for (let from = 0; from + blocks <= before.length; from++) {
    if (theilSen(before.subarray(from, from + blocks)) <= STILL * slope) return true;
  }
  return false;
}
