import { type Crossing, findCrossing, soonerOf } from './crossing.ts';
import { type Outlook, outlookOf } from './outlook.ts';
import { type Peaks, peaksOf } from './peaks.ts';
import type { Doubt } from './trend-forecast.ts';

/** When a series goes above a threshold, and the outlook that says so first. */
export interface Soonest {
  readonly outlook: Outlook;
  readonly crossing: Crossing;
  /** The last step that was looked at and that the outlook has a value for. */
  readonly lastStep: number;
}

export interface SoonestOptions {
  readonly season: number;
  readonly threshold: number;
  /** Steps after the values that are looked at. */
  readonly from: number;
  readonly to: number;
  /** Of the interval. */
  readonly level: number;
  readonly doubt: Doubt;
}

/**
 * By the trend of the seasons' medians, and on the peaks by theirs, where they have one of their own: nightly jobs that
 * become larger move no median. Null when there are too few values. `values`: NaN = missing, the last one finite.
 */
export function findSoonest(values: Float64Array, { threshold, from, to, ...o }: SoonestOptions): Soonest | null {
  const outlook = outlookOf(values, { ...o, horizon: to });
  if (outlook === null) return null;
  const range = { from, to };
  const peaks = peaksOf(values, { ...o, horizon: to });
  if (peaks === null) return { outlook, crossing: findCrossing(outlook, threshold, range), lastStep: to };
  const between = findCrossing(without(peaks, outlook), threshold, range);
  const onPeaks = findCrossing(peaks, threshold, range);
  const lastPeak = lastStepOf(peaks, range);
  const isPeaks = lastPeak >= from && (isSooner(onPeaks, between) || onPeaks.probability > between.probability);
  return {
    outlook: isPeaks ? peaks : outlook,
    crossing: soonerOf(between, onPeaks),
    lastStep: isPeaks ? lastPeak : to,
  };
}

function without(peaks: Peaks, outlook: Outlook): Outlook {
  return {
    ...outlook,
    shape: (step) => (peaks.isPeak(step) ? Number.NEGATIVE_INFINITY : outlook.shape(step)),
  };
}

function isSooner(a: Crossing, b: Crossing): boolean {
  return a.likely !== null && a.likely < (b.likely ?? Number.POSITIVE_INFINITY);
}

/** Below `from` where none of the steps is of a peak. */
function lastStepOf(peaks: Peaks, { from, to }: { from: number; to: number }): number {
  let step = to;
  while (step >= from && !peaks.isPeak(step)) step--;
  return step;
}
