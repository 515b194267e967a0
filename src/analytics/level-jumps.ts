import { at } from './at.ts';

/** As many rises and falls as a season has that is seen a few times. */
const USUAL_JUMPS = 8;
const UNUSUAL_RATIO = 2;
const MIN_VALUES = 30;

/**
 * The series without the steps from one value to the next that are more than twice as large as the eighth largest: a
 * season repeats its jumps, a restart or a new level does not. What follows such a jump is moved by it. NaN =
 * missing. The same array when there is none.
 */
export function removeLevelJumps(values: Float64Array): Float64Array {
  const changes = changesOf(values);
  const sorted = changes.filter((change) => !Number.isNaN(change)).sort();
  if (sorted.length < MIN_VALUES) return values;
  const usual = at(sorted, sorted.length >> 1);
  const extremes = [...sorted.subarray(0, USUAL_JUMPS), ...sorted.subarray(-USUAL_JUMPS)];
  const sizes = extremes.map((change) => Math.abs(change - usual)).sort((a, b) => b - a);
  const limit = UNUSUAL_RATIO * (sizes[USUAL_JUMPS - 1] ?? 0);
  if (limit === 0 || !sizes.some((size) => size > limit)) return values;
  let moved = 0;
  return values.map((value, i) => {
    const jump = at(changes, i) - usual;
    if (Math.abs(jump) > limit) moved += jump;
    return value - moved;
  });
}

/** The change since the last known value; NaN where there is none. */
function changesOf(values: Float64Array): Float64Array {
  let last = Number.NaN;
  return values.map((value) => {
    const change = value - last;
    if (!Number.isNaN(value)) last = value;
    return change;
  });
}
