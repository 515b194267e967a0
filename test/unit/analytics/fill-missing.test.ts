import { describe, expect, test } from 'vitest';
import { fillMissing } from '../../../src/analytics/fill-missing.ts';

const TURN = 2 * Math.PI;
const seasonal = (i: number) => 10 * Math.sin((TURN * i) / 24);

function withGap(at: (i: number) => number, from: number, to: number): Float64Array {
  return Float64Array.from({ length: 240 }, (_, i) => (i >= from && i < to ? Number.NaN : at(i)));
}

function largestMiss(filled: Float64Array, at: (i: number) => number): number {
  return filled.reduce((most, value, i) => Math.max(most, Math.abs(value - at(i))), 0);
}

describe('the values that are put into gaps', () => {
  test.each([
    ['a season', seasonal],
    ['a season on a level that grows', (i: number) => seasonal(i) + 0.5 * i],
    ['a season on a new level', (i: number) => seasonal(i) + (i >= 150 ? 40 : 0)],
  ])('go on with %s', (_, at) => {
    expect(largestMiss(fillMissing(withGap(at, 200, 220), [24]), at)).toBeLessThan(1e-9);
  });

  test('are on the level of most of the last values, whatever one of them is', () => {
    const values = withGap(seasonal, 200, 220);
    values[199] = 500;
    const filled = fillMissing(values, [24]);
    expect(largestMiss(filled.subarray(200), (i) => seasonal(i + 200))).toBeLessThan(1e-9);
  });

  test('are the last one where there is no season, or no cycle of it yet', () => {
    expect(fillMissing(Float64Array.of(1, 2, Number.NaN, Number.NaN, 5), [])).toEqual(Float64Array.of(1, 2, 2, 2, 5));
    expect(fillMissing(Float64Array.of(1, 2, Number.NaN, Number.NaN, 5), [4])).toEqual(Float64Array.of(1, 2, 2, 2, 5));
  });

  test('tell nothing of what came later', () => {
    const at = (i: number) => seasonal(i) + (i >= 220 ? 1000 : 0);
    const filled = fillMissing(withGap(at, 200, 220), [24]);
    expect(largestMiss(filled.subarray(0, 220), seasonal)).toBeLessThan(1e-9);
  });

  test('keep every second value of a grid that is too fine where it is', () => {
    const values = Float64Array.from({ length: 480 }, (_, i) => (i % 2 === 0 ? i / 10 : Number.NaN));
    const filled = fillMissing(values, [48]);
    expect(largestMiss(filled.subarray(100), (i) => (i + 100) / 10)).toBeLessThan(0.2);
  });
});
