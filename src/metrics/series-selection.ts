import { OpenManagerError } from '../core/errors.ts';
import { type Descriptor, type Labels, seriesName } from '../core/series.ts';
import { closest, safeName } from '../core/text.ts';
import type { Buckets } from './buckets.ts';
import type { Samples } from './samples.ts';

/** A series of a host, as {@link SeriesSelection} finds it. */
export interface FoundSeries extends Descriptor {
  readonly host: string;
  /** In the store; null while none of its samples are there. */
  readonly id: number | null;
  /** No sample is older, none is newer but those of the last seconds; absent when none is known of. */
  readonly firstMs?: number;
  readonly lastMs?: number;
}

export interface SeriesSamples extends FoundSeries {
  readonly samples: Samples;
}

export interface SeriesBuckets extends FoundSeries {
  readonly buckets: Buckets;
}

/** Milliseconds since the epoch, the end exclusive. */
export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Which series are meant: without `labels` the one that has none, which is the host's total, or all where there is no
 * total; with them those that carry each label, `*` standing for any value.
 */
export interface SeriesSelection {
  readonly host?: string | undefined;
  readonly metric: string;
  readonly labels?: Labels | undefined;
}

/** @throws OpenManagerError `not_found` when no series carries the labels, naming the nearest ones. */
export function selectSeries<T extends Descriptor>(
  series: readonly T[],
  { metric, labels }: SeriesSelection,
): readonly T[] {
  const wanted = Object.entries(labels ?? {});
  if (wanted.length === 0) {
    const total = series.find((candidate) => Object.keys(candidate.labels).length === 0);
    return total ? [total] : series;
  }
  const matching = series.filter((candidate) =>
    wanted.every(
      ([name, value]) => Object.hasOwn(candidate.labels, name) && (value === '*' || candidate.labels[name] === value),
    ),
  );
  if (matching.length > 0) return matching;
  const asked = seriesName(metric, labels ?? {});
  const valid = closest(
    asked,
    series.map((candidate) => seriesName(candidate.metric, candidate.labels)),
  );
  throw new OpenManagerError(
    'not_found',
    `No series ${safeName(asked, 200)}. Nearest: ${valid.map((name) => safeName(name, 200)).join('; ')}.`,
  );
}
