/** What a set of samples looks like; all NaN when there are none. */
export interface Statistics {
  readonly n: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
}

/** Statistics of `values`, NaN left out. Quantiles interpolate linearly between order statistics (Hyndman-Fan type 7). */
export function statistics(values: Float64Array): Statistics {
  const present = values.filter((value) => !Number.isNaN(value));
  const sorted = present.slice().sort();
  let sum = 0;
  for (const value of present) sum += value;
  return {
    n: present.length,
    min: sorted[0] ?? Number.NaN,
    mean: sum / present.length,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    max: sorted.at(-1) ?? Number.NaN,
    first: present[0] ?? Number.NaN,
    last: present.at(-1) ?? Number.NaN,
  };
}

/** The `p` quantile (0..1) of ascending values; NaN when there are none. */
export function quantile(sorted: Float64Array, p: number): number {
  const position = (sorted.length - 1) * p;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}
