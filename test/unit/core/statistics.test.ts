import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantile, statistics } from '../../../src/core/statistics.ts';

// Without -0, which is the same number and another to `expect`.
const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map((value) => value + 0);
const orMissing = fc.oneof({ weight: 4, arbitrary: number }, fc.constant(Number.NaN));

/** Hyndman and Fan's type 7, as its definition reads. */
function naiveQuantile(sorted: readonly number[], p: number): number {
  const h = (sorted.length - 1) * p;
  const low = sorted[Math.floor(h)] ?? Number.NaN;
  const high = sorted[Math.min(sorted.length - 1, Math.floor(h) + 1)] ?? Number.NaN;
  return low * (1 - (h - Math.floor(h))) + high * (h - Math.floor(h));
}

describe('statistics', () => {
  test('agree with their definitions, missing values left out', () => {
    fc.assert(
      fc.property(fc.array(orMissing, { minLength: 1, maxLength: 80 }), (values) => {
        const present = values.filter((value) => !Number.isNaN(value));
        fc.pre(present.length > 0);
        const sorted = [...present].sort((a, b) => a - b);
        const found = statistics(Float64Array.from(values));
        expect(found).toMatchObject({
          n: present.length,
          min: sorted[0],
          max: sorted.at(-1),
          first: present[0],
          last: present.at(-1),
        });
        expect(found.mean).toBeCloseTo(present.reduce((a, b) => a + b) / present.length, 3);
        expect(found.p50).toBeCloseTo(naiveQuantile(sorted, 0.5), 3);
        expect(found.p95).toBeCloseTo(naiveQuantile(sorted, 0.95), 3);
      }),
    );
  });

  test('leave the values as they were', () => {
    const values = Float64Array.of(3, Number.NaN, 1, 2);
    statistics(values);
    expect([...values]).toEqual([3, Number.NaN, 1, 2]);
  });

  test('of nothing are all missing', () => {
    const { n, ...rest } = statistics(Float64Array.of(Number.NaN));
    expect(n).toBe(0);
    expect(Object.values(rest)).toEqual(Array.from({ length: 7 }, () => Number.NaN));
  });
});

test('a quantile lies between the least and the largest, and is exact at both ends', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
      const sorted = Float64Array.from(values).sort();
      const found = quantile(sorted, p);
      expect(found).toBeGreaterThanOrEqual(quantile(sorted, 0) - 1e-6);
      expect(found).toBeLessThanOrEqual(quantile(sorted, 1) + 1e-6);
      expect([quantile(sorted, 0), quantile(sorted, 1)]).toEqual([sorted[0], sorted.at(-1)]);
    }),
  );
  expect(quantile(new Float64Array(0), 0.5)).toBeNaN();
});
