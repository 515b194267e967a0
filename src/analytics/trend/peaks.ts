import { at } from '../at.ts';
import { median } from '../order-statistics.ts';
import { type Blocks, cutBlocks } from './blocks.ts';
import { MAX_BLOCKS, MIN_BLOCKS, type Outlook } from './outlook.ts';
import { robustSpread } from './shifts.ts';
import { recent, steady, trendOf } from './trend.ts';
import { type Doubt, forecastTrend } from './trend-forecast.ts';

/** What is expected of the highest phases of a season, where they grow otherwise than the rest. */
export interface Peaks extends Outlook {
  /** Whether the step `step` (1 = the first after the series) is of such a phase; `shape` is -Infinity elsewhere. */
  isPeak(step: number): boolean;
}

/** The profile of a season is that of so many of the latest ones. */
const LATEST_SEASONS = 7;
/** Phases count as the peak from this share of its height on. */
const OF_HEIGHT = 0.5;
/** Robust standard deviations of what is left of the profile, so that there is a peak at all. */
const PRONOUNCED = 3;
/** Standard errors of the difference in growth: seldom by chance, as this is asked of each series. */
const SIGNIFICANT = 4;

/**
 * Learns how the peaks go on by themselves; null without a season, and where the peaks keep their distance from the
 * season's median: then the trend of the medians, which is told from more values, is that of the peaks too.
 * `values`: NaN = missing, the last one finite; `season` and `horizon` in steps, `level` of the interval.
 */
export function peaksOf(
  values: Float64Array,
  { season, horizon, level, doubt }: { season: number; horizon: number; level: number; doubt?: Doubt | undefined },
): Peaks | null {
  const blocks = cutBlocks(values, season);
  if (season === 1 || blocks.values.length < MIN_BLOCKS) return null;
  const profile = latestProfile(values, blocks);
  if (profile === null) return null;
  const highest = at(profile.toSorted(), profile.length - 1);
  const isTop = profile.map((height) => Number(height >= OF_HEIGHT * highest));
  const usual = median(profile.filter((_, phase) => isTop[phase] === 1));
  const heights = heightsOf(values, blocks, { isTop, offset: (phase) => at(profile, phase) - usual });
  if (!hasOwnTrend(heights.map((height, i) => height - at(blocks.values, i)))) return null;
  const seasons = Math.ceil(heights.length / MAX_BLOCKS);
  const tops = cutBlocks(heights, seasons).values;
  const phaseOf = (step: number) => (step - 1) % season;
  const isPeak = (step: number) => isTop[phaseOf(step)] === 1;
  return {
    trend: forecastTrend(tops, { horizon: Math.ceil(horizon / season / seasons), level, doubt }),
    size: season * seasons,
    ahead: (step) => (Math.ceil(step / season) + (seasons - 1) / 2) / seasons,
    shape: (step) => (isPeak(step) ? at(profile, phaseOf(step)) - usual : Number.NEGATIVE_INFINITY),
    isPeak,
  };
}

/** How far each phase was above the median of its season, lately; null where none stands out of what varies. */
function latestProfile(values: Float64Array, { values: medians, size, start }: Blocks): Float64Array | null {
  const first = Math.max(0, medians.length - LATEST_SEASONS);
  const left = values
    .subarray(start + first * size)
    .map((value, i) => value - at(medians, first + Math.floor(i / size)));
  const ofPhase = new Float64Array(medians.length - first);
  const profile = Float64Array.from({ length: size }, (_, phase) => {
    for (let season = 0; season < ofPhase.length; season++) ofPhase[season] = at(left, season * size + phase);
    const height = median(ofPhase);
    return Number.isFinite(height) ? height : 0;
  });
  const highest = at(profile.toSorted(), size - 1);
  // What stands out by chance, and was chosen for it, would seem to have grown.
  return highest > PRONOUNCED * robustSpread(left.map((value, i) => value - at(profile, i % size))) ? profile : null;
}

/** The median of each season's peak, its own shape aside; NaN where less than half of it is known. */
function heightsOf(
  values: Float64Array,
  { values: medians, size, start }: Blocks,
  { isTop, offset }: { isTop: Float64Array; offset: (phase: number) => number },
): Float64Array {
  const phases = [...isTop.keys()].filter((phase) => isTop[phase] === 1);
  return medians.map((_, i) => {
    const known = Float64Array.from(phases, (phase) => at(values, start + i * size + phase) - offset(phase));
    return known.filter(Number.isFinite).length >= phases.length / 2 ? median(known) : Number.NaN;
  });
}

/** Of the peaks above the medians, by a line through all of them or the latest. */
function hasOwnTrend(above: Float64Array): boolean {
  const known = cutBlocks(above, Math.ceil(above.length / MAX_BLOCKS)).values;
  if (known.filter(Number.isFinite).length < MIN_BLOCKS) return false;
  return [steady, recent].some((model) => {
    const { slope, slopeVariance } = trendOf(known, model.growthOf(known));
    return Math.abs(slope) > SIGNIFICANT * Math.sqrt(slopeVariance);
  });
}
