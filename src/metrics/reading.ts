import type { Descriptor } from '../core/series.ts';

/**
 * What a collector read at one moment: `values[i]` belongs to `descriptors[i]`, NaN = could not be read. While the set
 * of series stays the same, a collector hands out the same `descriptors` array, so that consumers can key on identity.
 */
export interface Reading {
  readonly host: string;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly descriptors: readonly Descriptor[];
  readonly values: Float64Array;
}
