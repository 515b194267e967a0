import { at } from './at.ts';

/** A series made safe to compute on; a value of the caller is `values[i] * unit`. */
export interface Normalized {
  /** A copy with every finite value in -2..2; missing and infinite values are NaN. */
  readonly values: Float64Array;
  /** A power of two, so that scaling there and back is exact. */
  readonly unit: number;
  /** Number of finite values. */
  readonly finite: number;
  /** Number of infinite values, now missing. */
  readonly infinite: number;
}

/** Scales by a power of two, so that sums of squares neither overflow nor vanish whatever the unit of the metric. */
export function normalize(values: Float64Array): Normalized {
  let largest = 0;
  let finite = 0;
  let infinite = 0;
  for (const value of values) {
    if (Number.isFinite(value)) {
      finite++;
      largest = Math.max(largest, Math.abs(value));
    } else if (!Number.isNaN(value)) infinite++;
  }
  const unit = largest === 0 ? 1 : 2 ** Math.min(1023, Math.max(-1022, Math.floor(Math.log2(largest))));
  const scaled = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = at(values, i);
    scaled[i] = Number.isFinite(value) ? value / unit : Number.NaN;
  }
  return { values: scaled, unit, finite, infinite };
}

/** A computed value in the caller's unit, kept finite: beyond the range of a double it stays at the largest one. */
export function denormalize(value: number, unit: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value * unit));
}
