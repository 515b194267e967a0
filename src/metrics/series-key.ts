import type { Descriptor, Labels } from '../core/series.ts';

/** Labels as JSON with their names sorted: the same text for the same labels. */
export function canonicalLabels(labels: Labels): string {
  const entries = Object.entries(labels);
  return JSON.stringify(Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1))));
}

/** Equal for two descriptors of the same series, different for any others, whatever characters they hold. */
export function seriesKey({ metric, labels, unit }: Descriptor): string {
  return JSON.stringify([metric, unit, canonicalLabels(labels)]);
}
