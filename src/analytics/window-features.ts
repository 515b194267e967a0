import { quantile } from '../core/statistics.ts';
import { at } from './at.ts';
import { median } from './order-statistics.ts';
import { independentShare } from './ranks.ts';

/** What is told of a window of values. */
export const featureNames = ['level', 'high', 'low', 'peak', 'trough', 'roughness'] as const;
export type FeatureName = (typeof featureNames)[number];

/** How a window differs from what windows of its length in the baseline are. */
export interface FeatureChange {
  readonly name: FeatureName;
  /**
   * The median of the baseline's windows, moved by what it usually does at that time, and the value of the window that is held
   * against it.
   */
  readonly before: number;
  readonly during: number;
  /**
   * The distance of both over the greatest that a window of the baseline has from the others and what noise adds to it: 1 is
   * more than the baseline ever did. >= 0, at most 1,000.
   */
  readonly unusual: number;
}

/** A part of the window that a peak or a trough lasts at least. */
const PART = 8;
const MIN_PART = 2;
/** Windows overlap by three quarters. */
const STRIDES = 4;
/** Standard errors of a feature that are added to what the few windows of a baseline show. */
const ERRORS = 2;
const MOST_UNUSUAL = 1000;
const OUTER = 0.1;
/** Earlier days that tell what is usual at that time; of more than these one may have had an incident of its own. */
const MIN_EARLIER = 3;

/** A window and what came before it, both finite. */
export interface Windows {
  readonly baseline: Float64Array;
  readonly incident: Float64Array;
}

/**
 * Each feature of the incident against those of the windows of its length within the baseline; neither is empty. `earlier`:
 * the same of other days, so that what happens at that time each day is nothing unusual.
 */
export function compareFeatures({ baseline, incident }: Windows, earlier: readonly Windows[] = []): FeatureChange[] {
  const changes = compareToBaseline(baseline, incident);
  const others = earlier
    .filter((one) => one.baseline.length >= baseline.length / 2 && one.incident.length >= incident.length / 2)
    .map((one) => compareToBaseline(one.baseline, one.incident));
  if (others.length < MIN_EARLIER) return changes;
  return changes.map((change, k) => {
    const usual = Float64Array.from(others, (day) => (day[k]?.during ?? 0) - (day[k]?.before ?? 0));
    return besideOtherDays(change, usual);
  });
}

/** `usual`: what the feature changed by on other days. */
function besideOtherDays(change: BaselineChange, usual: Float64Array): FeatureChange {
  const { name, before, during, reach } = change;
  const middle = median(usual);
  const distances = usual.map((value) => Math.abs(value - middle)).sort();
  const farthest = at(distances, distances.length > MIN_EARLIER ? distances.length - 2 : distances.length - 1);
  const expected = before + middle;
  return { name, before: expected, during, unusual: ratio(Math.abs(during - expected), Math.max(reach, farthest)) };
}

interface BaselineChange extends FeatureChange {
  /** The distance that is just beyond what the baseline does. */
  readonly reach: number;
}

function compareToBaseline(baseline: Float64Array, window: Float64Array): BaselineChange[] {
  const length = Math.max(1, Math.min(window.length, baseline.length >> 1));
  const part = Math.min(length, Math.max(MIN_PART, Math.ceil(length / PART)));
  const slid = [...windowsOf(baseline, length)];
  const independent = Math.max(1, length * independentShare(baseline));
  const spread = spreadOf(baseline);
  const roughSpread = spreadOf(changesOf(baseline));
  return featureNames.map((name) => {
    const usual = Float64Array.from(slid, (one) => featureOf(name, one, part));
    const before = median(usual);
    const during = featureOf(name, window, part);
    const farthest = usual.reduce((most, value) => Math.max(most, Math.abs(value - before)), 0);
    const error = errorOf(name, { spread, roughSpread, independent, part });
    const reach = farthest + ERRORS * error;
    return { name, before, during, reach, unusual: ratio(Math.abs(during - before), reach) };
  });
}

function ratio(distance: number, usual: number): number {
  if (distance === 0) return 0;
  return usual > 0 ? Math.min(MOST_UNUSUAL, distance / usual) : MOST_UNUSUAL;
}

function* windowsOf(values: Float64Array, length: number): Generator<Float64Array> {
  const stride = Math.max(1, Math.floor(length / STRIDES));
  for (let end = values.length; end >= length; end -= stride) yield values.subarray(end - length, end);
}

function featureOf(name: FeatureName, values: Float64Array, part: number): number {
  switch (name) {
    case 'level':
      return median(values);
    case 'high':
      return quantile(values.slice().sort(), 1 - OUTER);
    case 'low':
      return quantile(values.slice().sort(), OUTER);
    case 'peak':
      return extremeMean(values, part, Math.max);
    case 'trough':
      return extremeMean(values, part, Math.min);
    case 'roughness': {
      const changes = changesOf(values);
      return changes.reduce((sum, change) => sum + change, 0) / Math.max(1, changes.length);
    }
  }
}

/** The greatest, or least, mean of `part` values in a row. */
function extremeMean(values: Float64Array, part: number, extreme: (a: number, b: number) => number): number {
  const length = Math.min(part, values.length);
  let sum = 0;
  for (let i = 0; i < length; i++) sum += at(values, i);
  let best = sum;
  for (let i = length; i < values.length; i++) {
    sum += at(values, i) - at(values, i - length);
    best = extreme(best, sum);
  }
  return best / length;
}

/** The size of each step from one value to the next. */
export function changesOf(values: Float64Array): Float64Array {
  return Float64Array.from({ length: Math.max(0, values.length - 1) }, (_, i) =>
    Math.abs(at(values, i + 1) - at(values, i)),
  );
}

/** Standard deviation around the median: by the median of the distances or, of what bursts, by their mean if that is more. */
export function spreadOf(values: Float64Array): number {
  const middle = median(values);
  const distances = values.map((value) => Math.abs(value - middle));
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / Math.max(1, distances.length);
  return Math.max(1.4826 * median(distances) || 0, 1.2533 * mean);
}

interface Noise {
  readonly spread: number;
  readonly roughSpread: number;
  /** Independent values that a window is worth. */
  readonly independent: number;
  readonly part: number;
}

/** About the standard deviation that a feature has from window to window, by theory for normal values. */
function errorOf(name: FeatureName, { spread, roughSpread, independent, part }: Noise): number {
  switch (name) {
    case 'level':
      return (1.25 * spread) / Math.sqrt(independent);
    case 'high':
    case 'low':
      return (1.7 * spread) / Math.sqrt(independent);
    case 'peak':
    case 'trough':
      return spread / Math.sqrt(part);
    case 'roughness':
      return (1.25 * roughSpread) / Math.sqrt(independent);
  }
}
