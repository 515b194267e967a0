import type { Steps } from '../chart.ts';

/** `[time, value]` in milliseconds and the chart's unit; NaN where the line breaks. */
export type Point = readonly [ms: number, value: number];

/** Steps between larger numbers, or their percentages, would overflow; those of numbers closer to zero underflow. */
const largest = 1e305;
const smallest = 1e-300;

/**
 * The points of a line, each in the middle of its step, at most `maxPoints` of them: the least and the greatest of each
 * bucket of steps, so that no peak is lost; a bucket without values breaks the line.
 */
export function linePoints({ startMs, stepMs, values }: Steps & { values: Float64Array }, maxPoints: number): Point[] {
  const middle = (i: number) => startMs + (i + 0.5) * stepMs;
  const point = (i: number): Point => [middle(i), drawable(values[i])];
  if (values.length <= maxPoints) return Array.from(values.keys(), point);
  const size = Math.ceil(values.length / Math.floor(maxPoints / 2));
  const points: Point[] = [];
  for (let start = 0; start < values.length; start += size) {
    const found = extremes(values, start, Math.min(start + size, values.length));
    if (found === null) points.push([middle(start), Number.NaN]);
    else for (const i of new Set([found.least, found.greatest].sort((a, b) => a - b))) points.push(point(i));
  }
  return points;
}

/** Where a band runs without a gap: its outline, along the upper edge and back along the lower one. */
export function bandOutlines(
  { startMs, stepMs, lower, upper }: Steps & { lower: Float64Array; upper: Float64Array },
  maxPoints: number,
): Point[][] {
  const size = Math.max(1, Math.ceil(upper.length / maxPoints));
  const outlines: Point[][] = [];
  let top: Point[] = [];
  let bottom: Point[] = [];
  const close = () => {
    if (top.length > 0) outlines.push([...top, ...bottom.reverse()]);
    top = [];
    bottom = [];
  };
  for (let start = 0; start < upper.length; start += size) {
    const end = Math.min(start + size, upper.length);
    const highest = extremes(upper, start, end)?.greatest;
    const lowest = extremes(lower, start, end)?.least;
    if (highest === undefined || lowest === undefined) {
      close();
      continue;
    }
    const ms = startMs + ((start + end) / 2) * stepMs;
    top.push([ms, drawable(upper[highest])]);
    bottom.push([ms, drawable(lower[lowest])]);
  }
  close();
  return outlines;
}

/** The indices of the least and the greatest finite value from `start` to before `end`; null when there is none. */
function extremes(values: Float64Array, start: number, end: number): { least: number; greatest: number } | null {
  let found: { least: number; greatest: number } | null = null;
  for (let i = start; i < end; i++) {
    const value = drawable(values[i]);
    if (Number.isNaN(value)) continue;
    found ??= { least: i, greatest: i };
    if (value < drawable(values[found.least])) found.least = i;
    if (value > drawable(values[found.greatest])) found.greatest = i;
  }
  return found;
}

/** A value as it can be drawn; what is not finite is a gap. */
export function drawable(value: number | undefined): number {
  if (value === undefined || !Number.isFinite(value)) return Number.NaN;
  if (Math.abs(value) < smallest) return 0;
  return Math.max(-largest, Math.min(largest, value));
}
