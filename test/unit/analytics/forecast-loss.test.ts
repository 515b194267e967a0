import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countInside } from '../../../src/analytics/forecast-loss.ts';
import { measureForecast } from '../../../src/analytics/index.ts';

const of = (...values: number[]) => Float64Array.from(values);
const interval = { level: 0.8, lower: of(1, 1, 1), upper: of(3, 3, 3) };
const prediction = { mean: of(2, 2, 2), intervals: [interval] };

describe('the loss of a forecast', () => {
  test('is its absolute error and twice its pinball loss, in mean steps of the past', () => {
    // Absolute errors 1, 0, 3: mean 4/3. Twice the pinball losses of 0.1 (1): 0.4, 0.2, 0.8; of 0.9 (3): 0, 0.2, 3.6.
    const loss = measureForecast(of(3, 2, 5), prediction, 0.5);
    expect(loss?.mase).toBeCloseTo(4 / 3 / 0.5, 12);
    expect(loss?.quantileLoss).toBeCloseTo((4 / 3 + 1.4 / 3 + 3.8 / 3) / 3 / 0.5, 12);
  });

  test('leaves out steps that are not known, and has no quantile loss without intervals', () => {
    const known = { mean: of(2), intervals: [] };
    expect(measureForecast(of(Number.NaN, 2.5, Number.NaN), { ...prediction, intervals: [] }, 1)).toEqual(
      measureForecast(of(2.5), known, 1),
    );
    expect(measureForecast(of(2.5), known, 1)).toEqual({ mase: 0.5, quantileLoss: null });
  });

  test('is null where nothing is known, and where the past never moved unless there is no error', () => {
    expect(measureForecast(of(Number.NaN, Number.NaN, Number.NaN), prediction, 1)).toBeNull();
    expect(measureForecast(of(3, 2, 5), prediction, 0)).toBeNull();
    expect(measureForecast(of(3, 2, 5), prediction, Number.NaN)).toBeNull();
    expect(measureForecast(of(2, 2, 2), { mean: of(2, 2, 2), intervals: [] }, 0)?.mase).toBe(0);
  });

  test('of the mean alone is the same by either measure, and does not depend on the unit or on an offset', () => {
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const rows = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(rows, fc.double({ min: 0.1, max: 10, noNaN: true }), value, (pairs, unit, offset) => {
        const line = (at: 0 | 1, change: (value: number) => number) =>
          Float64Array.from(pairs, (pair) => change(pair[at]));
        const same = (one: number) => one;
        const moved = (one: number) => one * unit + offset;
        const loss = (change: (value: number) => number, scale: number) => {
          const mean = line(1, change);
          return measureForecast(line(0, change), { mean, intervals: [{ level: 0, lower: mean, upper: mean }] }, scale);
        };
        const plain = loss(same, 1);
        expect(plain?.quantileLoss).toBeCloseTo(plain?.mase ?? -1, 6);
        expect(loss(moved, unit)?.mase).toBeCloseTo(plain?.mase ?? -1, 6);
      }),
    );
  });
});

test('what lies inside of an interval is counted among the steps that are known, its ends included', () => {
  expect(countInside(of(1, Number.NaN, 3.5), interval)).toEqual({ inside: 1, known: 2 });
  expect(countInside(of(3, 2, 0.9), interval)).toEqual({ inside: 2, known: 3 });
});
