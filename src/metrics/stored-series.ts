import type { Descriptor } from '../core/series.ts';
import type { Grid, Tally } from './buckets.ts';
import type { DamagedChunk } from './chunk-store.ts';
import type { Samples } from './samples.ts';

/** `fromMs` is included, `toMs` is not. */
export interface SamplesRequest {
  readonly host: string;
  readonly seriesIds: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ReadRequest extends SamplesRequest {
  /** Is called with each hour that is left out as its samples are damaged. */
  readonly onDamaged?: ((chunk: DamagedChunk) => void) | undefined;
}

export interface StoredHost {
  readonly host: string;
  /** No sample is older, none is newer. */
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface StoredSeries extends Descriptor {
  /** Means something only to the source that listed it. */
  readonly id: number;
  readonly host: string;
  /** No sample is older, none is newer; absent when no sample is left. */
  readonly firstMs?: number;
  readonly lastMs?: number;
}

export interface SeriesFilter {
  readonly host?: string;
  readonly metric?: string;
}

/** Samples of one series from another source, e.g. a file; oldest first, each time once, at whole milliseconds. */
export interface SeriesBatch {
  readonly host: string;
  readonly descriptor: Descriptor;
  readonly samples: Samples;
}

/** What {@link SeriesBatch} changed. */
export interface Inserted {
  /** Samples at times that had none. */
  readonly added: number;
  /** Samples that replaced one of another value. */
  readonly changed: number;
}

/** `fromMs` is included, `toMs` is not; samples outside of the grid are left out. */
export interface BucketsRequest extends ReadRequest {
  readonly grid: Grid;
  /** Gets the number of samples of all series together; its steps are the grid's, or whole hours where those are longer. */
  readonly tally?: Tally | undefined;
}
