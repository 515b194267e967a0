import type { Descriptor } from '../core/series.ts';

type Named = Pick<Descriptor, 'metric' | 'unit'>;

/** Shares whatever they are, as of several cores 250 %: so OpenTelemetry and the collectors name what is of unit `1`. */
const sharesAlways = /(^|[^a-z])(utili[sz]ation|pressure|throttled)([^a-z]|$)/i;
const sharesUpToOne = /(^|[^a-z])(ratio|share|fraction|percent(age)?|pct)([^a-z]|$)/i;

/**
 * The unit to show values in, as `formatValue` takes it: that of the series, but '' where unit `1`, which is shown in
 * percent, stands for a plain number such as a queue's length. What is no share by its name is one only where `values`,
 * those that the answer is made of, lie between 0 and 1 and are not all whole. NaN is missing.
 */
export function shownUnit({ metric, unit }: Named, values: Iterable<number>): string {
  if (unit !== '1' || sharesAlways.test(metric)) return unit;
  let isShare = sharesUpToOne.test(metric);
  for (const value of values) {
    if (value < 0 || value > 1) return '';
    if (value > 0 && value < 1) isShare = true;
  }
  return isShare ? unit : '';
}

/** {@link shownUnit} of each of several series by a few values of all those of its metric, so that they are shown alike. */
export function shownUnits<T extends Named>(
  all: readonly T[],
  valuesOf: (one: T) => readonly number[],
): (one: Named) => string {
  const byMetric = Map.groupBy(
    all.filter(({ unit }) => unit === '1'),
    ({ metric }) => metric,
  );
  const known = new Map(
    [...byMetric].map(([metric, own]) => [metric, shownUnit({ metric, unit: '1' }, own.flatMap(valuesOf))]),
  );
  return ({ metric, unit }) => (unit === '1' ? (known.get(metric) ?? unit) : unit);
}
