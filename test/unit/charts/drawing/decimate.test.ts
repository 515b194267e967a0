import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bandOutlines, linePoints } from '../../../../src/charts/drawing/decimate.ts';

const line = (values: readonly number[]) => ({ startMs: 0, stepMs: 1000, values: Float64Array.from(values) });

describe('the points of a line', () => {
  test('lie in the middle of their steps, and what is not finite is a gap', () => {
    expect(linePoints(line([1, Number.NaN, Number.POSITIVE_INFINITY, 4]), 10)).toEqual([
      [500, 1],
      [1500, Number.NaN],
      [2500, Number.NaN],
      [3500, 4],
    ]);
  });

  test('are at most as many as asked for, in order of time, and no peak is lost', () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((value) => (Math.abs(value) < 1e-9 ? 0 : value)),
      fc.constant(Number.NaN),
    );
    const lines = fc.array(number, { minLength: 1, maxLength: 3000 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 2, max: 500 }), (values, maxPoints) => {
        const points = linePoints(line(values), maxPoints);
        expect(points.length).toBeLessThanOrEqual(maxPoints);
        expect(points.map(([ms]) => ms)).toEqual(points.map(([ms]) => ms).sort((a, b) => a - b));
        const [kept, all] = [points.map(([, value]) => value), values].map((some) =>
          some.filter((v) => !Number.isNaN(v)),
        );
        expect(Math.max(...(kept ?? []))).toBe(Math.max(...(all ?? [])));
        expect(Math.min(...(kept ?? []))).toBe(Math.min(...(all ?? [])));
      }),
    );
  });

  test('break where a whole bucket has no value', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i >= 400 && i < 600 ? Number.NaN : i));
    const gaps = linePoints(line(values), 100).filter(([, value]) => Number.isNaN(value));
    expect(gaps.length).toBeGreaterThan(5);
    expect(gaps.every(([ms]) => ms >= 400_000 && ms < 600_000)).toBe(true);
  });
});

describe('the outline of a band', () => {
  test('goes along the upper edge and back along the lower one, and ends at a gap', () => {
    const upper = Float64Array.of(2, 3, Number.NaN, 5);
    expect(bandOutlines({ startMs: 0, stepMs: 1000, lower: upper.map((v) => v - 1), upper }, 10)).toEqual([
      [
        [500, 2],
        [1500, 3],
        [1500, 2],
        [500, 1],
      ],
      [
        [3500, 5],
        [3500, 4],
      ],
    ]);
  });

  test('holds the widest interval of each bucket', () => {
    const upper = Float64Array.from({ length: 1000 }, (_, i) => (i === 555 ? 99 : 1));
    const [outline = []] = bandOutlines({ startMs: 0, stepMs: 1, lower: upper.map((v) => -v), upper }, 50);
    expect(outline.length).toBeLessThanOrEqual(100);
    expect(Math.max(...outline.map(([, value]) => value))).toBe(99);
    expect(Math.min(...outline.map(([, value]) => value))).toBe(-99);
  });
});
