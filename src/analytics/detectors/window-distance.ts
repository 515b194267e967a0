import { at } from '../at.ts';

/** Numbers that a window is told in. */
const SEGMENTS = 16;
/** Parts of a window between the starts of successive ones. */
const STARTS = 8;
/** Windows that all others are compared with, spread over the series. */
const EXEMPLARS = 150;
/** The third nearest counts: an anomaly that occurs twice has a near one, too. */
const NEIGHBOURS = 3;
/** Spreads the exemplars over the phases of any season. */
const GOLDEN = 0.618;

export interface WindowOptions {
  /** In steps, 1 to the length of the series. */
  readonly window: number;
  /** Whether the window's own mean is taken off first, so that its shape alone counts. */
  readonly shapeOnly: boolean;
}

/** Windows as rows of `width` segment means. */
interface Windows {
  readonly rows: Float64Array;
  readonly width: number;
  readonly count: number;
  /** Steps between the starts of successive windows. */
  readonly hop: number;
}

/**
 * How far the windows around each step are from the third nearest of 150 others, in the unit of the values (root mean
 * square): the mean over all windows that hold the step; 0 where there are too few others.
 *
 * `values`: all finite. Linear in the length. Discords: Keogh, Lin & Fu, "HOT SAX" (2005); neighbours of windows: Yeh et
 * al., "Matrix Profile I" (2016); a sample of exemplars and segment means (Keogh et al., "PAA", 2001) make it linear.
 */
export function windowDistance(values: Float64Array, { window, shapeOnly }: WindowOptions): Float64Array {
  const windows = describeWindows(values, window);
  if (shapeOnly) removeMeans(windows);
  const exemplars = chooseExemplars(windows.count);
  const distances = new Float64Array(windows.count);
  for (let i = 0; i < windows.count; i++) distances[i] = distanceOf(windows, i, exemplars, window);
  return meanOverWindows(distances, { window, hop: windows.hop, length: values.length });
}

function describeWindows(values: Float64Array, window: number): Windows {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = at(sums, i) + at(values, i);
  const width = Math.min(SEGMENTS, window);
  const hop = Math.max(1, Math.floor(window / STARTS));
  const count = Math.floor((values.length - window) / hop) + 1;
  const rows = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    for (let segment = 0; segment < width; segment++) {
      const start = i * hop + Math.floor((segment * window) / width);
      const end = i * hop + Math.floor(((segment + 1) * window) / width);
      rows[i * width + segment] = (at(sums, end) - at(sums, start)) / (end - start);
    }
  }
  return { rows, width, count, hop };
}

function removeMeans({ rows, width, count }: Windows): void {
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * width, (i + 1) * width);
    const mean = row.reduce((a, b) => a + b, 0) / width;
    for (let segment = 0; segment < width; segment++) row[segment] = at(row, segment) - mean;
  }
}

function chooseExemplars(count: number): Int32Array {
  const chosen = Math.min(EXEMPLARS, count);
  const apart = count / chosen;
  return Int32Array.from({ length: chosen }, (_, i) => Math.floor(apart * (i + ((i * GOLDEN) % 1))));
}

/** To the third nearest of the exemplars that share no step with the window. */
function distanceOf({ rows, width, hop }: Windows, i: number, exemplars: Int32Array, window: number): number {
  const nearest = new Float64Array(NEIGHBOURS).fill(Number.POSITIVE_INFINITY);
  let furthest = Number.POSITIVE_INFINITY;
  for (const exemplar of exemplars) {
    if (Math.abs(exemplar - i) * hop < window) continue;
    let sum = 0;
    for (let segment = 0; segment < width && sum < furthest; segment++) {
      const difference = at(rows, i * width + segment) - at(rows, exemplar * width + segment);
      sum += difference * difference;
    }
    if (sum >= furthest) continue;
    let place = NEIGHBOURS - 1;
    for (; place > 0 && at(nearest, place - 1) > sum; place--) nearest[place] = at(nearest, place - 1);
    nearest[place] = sum;
    furthest = at(nearest, NEIGHBOURS - 1);
  }
  return Number.isFinite(furthest) ? Math.sqrt(furthest / width) : 0;
}

/** Of each step, the mean over the windows that hold it; the last steps, which none may hold, repeat the one before. */
function meanOverWindows(
  ofWindow: Float64Array,
  { window, hop, length }: { window: number; hop: number; length: number },
): Float64Array {
  const means = new Float64Array(length);
  let [sum, first, next] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    for (; next < ofWindow.length && next * hop <= i; next++) sum += at(ofWindow, next);
    for (; first < next && first * hop + window <= i; first++) sum -= at(ofWindow, first);
    means[i] = next > first ? Math.max(0, sum / (next - first)) : at(means, i - 1);
  }
  return means;
}
