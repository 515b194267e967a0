/** Samples of one series, oldest first, each time once, none missing: `values[i]` was read at `timesMs[i]`. */
export interface Samples {
  /** Milliseconds since the epoch. */
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

export const noSamples: Samples = { timesMs: new Float64Array(0), values: new Float64Array(0) };

/** The first position whose time is not before `timeMs`. */
function lowerBound(timesMs: Float64Array, timeMs: number): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timesMs[middle] as number) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Those in [`fromMs`, `toMs`), as views. */
export function samplesBetween({ timesMs, values }: Samples, fromMs: number, toMs: number): Samples {
  const from = lowerBound(timesMs, fromMs);
  const to = Math.max(from, lowerBound(timesMs, toMs));
  if (from === 0 && to === timesMs.length) return { timesMs, values };
  return { timesMs: timesMs.subarray(from, to), values: values.subarray(from, to) };
}

/** One after the other; each part is newer than the one before. */
export function joinSamples(parts: readonly Samples[]): Samples {
  const [only] = parts;
  if (only === undefined) return noSamples;
  if (parts.length === 1) return only;
  const length = parts.reduce((sum, { timesMs }) => sum + timesMs.length, 0);
  const joined = { timesMs: new Float64Array(length), values: new Float64Array(length) };
  let at = 0;
  for (const { timesMs, values } of parts) {
    joined.timesMs.set(timesMs, at);
    joined.values.set(values, at);
    at += timesMs.length;
  }
  return joined;
}

/** Both, by time; where both have a sample, that of `later` counts. */
export function mergeSamples(earlier: Samples, later: Samples): Samples {
  if (later.timesMs.length === 0) return earlier;
  if (earlier.timesMs.length === 0) return later;
  if ((earlier.timesMs.at(-1) as number) < (later.timesMs[0] as number)) return joinSamples([earlier, later]);
  const capacity = earlier.timesMs.length + later.timesMs.length;
  const merged = { timesMs: new Float64Array(capacity), values: new Float64Array(capacity) };
  let [i, j, length] = [0, 0, 0];
  while (i < earlier.timesMs.length || j < later.timesMs.length) {
    const one = earlier.timesMs[i] ?? Number.POSITIVE_INFINITY;
    const other = later.timesMs[j] ?? Number.POSITIVE_INFINITY;
    merged.timesMs[length] = Math.min(one, other);
    merged.values[length] = (other <= one ? later.values[j] : earlier.values[i]) as number;
    if (one <= other) i += 1;
    if (other <= one) j += 1;
    length += 1;
  }
  return { timesMs: merged.timesMs.slice(0, length), values: merged.values.slice(0, length) };
}
