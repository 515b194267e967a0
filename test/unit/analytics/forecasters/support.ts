import fc from 'fast-check';
import type { Forecaster } from '../../../../src/analytics/forecaster.ts';

const TURN = 2 * Math.PI;

export function series(length: number, value: (i: number) => number, first = 0): Float64Array {
  return Float64Array.from({ length }, (_, i) => value(first + i));
}

/** A smooth cycle around 0. */
export function wave(i: number, period: number, height = 0.3): number {
  return height * Math.sin((TURN * i) / period);
}

export function continued(forecaster: Forecaster, history: Float64Array, horizon: number): Float64Array {
  return forecaster.fit(history).predict(horizon);
}

export function largestGap(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return a.reduce((gap, value, i) => Math.max(gap, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

/** As {@link histories}, without values so small that halving one rounds it. */
export function coarseHistories(minLength: number, maxLength: number): fc.Arbitrary<Float64Array> {
  return histories(minLength, maxLength).map((history) => history.map((value) => Math.round(value * 1024) / 1024));
}

/** Normalized histories of a length, with runs of one value, both signs and jumps. */
export function histories(minLength: number, maxLength: number): fc.Arbitrary<Float64Array> {
  const value = fc.oneof(
    fc.double({ min: -2, max: 2, noNaN: true }),
    fc.constantFrom(0, -0, 1, -1, 2, -2, 1e-300, Number.MIN_VALUE),
  );
  return fc.array(fc.tuple(value, fc.nat({ max: 8 })), { minLength: 1, maxLength }).chain((runs) => {
    const values = runs.flatMap(([run, times]) => new Array<number>(times + 1).fill(run));
    return fc
      .integer({ min: minLength, max: maxLength })
      .map((length) => Float64Array.from({ length }, (_, i) => values[i % values.length] ?? 0));
  });
}
