import { seriesName } from '../../../../src/core/series.ts';
import type { CoreReading } from '../../../../src/metrics/collectors/collector-source.ts';

/** A reading as a map from the shown name of a series to its value. */
export function valuesOf({ descriptors, values }: CoreReading): Map<string, number> {
  return new Map(descriptors.map(({ metric, labels }, i) => [seriesName(metric, labels), values[i] ?? Number.NaN]));
}

/** The names of the series of a metric. */
export function seriesOf(reading: CoreReading, metric: string): string[] {
  return [...valuesOf(reading).keys()].filter((name) => name === metric || name.startsWith(`${metric}{`));
}
