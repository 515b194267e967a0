import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateForecasters } from '../../../../src/analytics/candidates.ts';
import { coarseHistories, continued, histories, largestGap, series, wave } from './support.ts';

/** Enough for two of the longest cycle and what methods want beside it. */
const MIN_STEPS = 20;
const PERIODS = [4, 8];

const methods = candidateForecasters({ periods: PERIODS, young: [], positive: false, effort: 'full' })
  .filter(({ minPoints }) => minPoints <= MIN_STEPS)
  .map((forecaster) => [forecaster.name, forecaster] as const);

it('nearly all methods can be asked here', () => {
  const all = candidateForecasters({ periods: PERIODS, young: [], positive: false, effort: 'full' });
  expect(all.length - methods.length).toBeLessThanOrEqual(2);
  expect(methods.length).toBeGreaterThan(10);
});

describe.each(methods)('%s', (_, forecaster) => {
  it.each([0, 1.3, -1.3])('keeps a constant %d', (value) => {
    const mean = continued(forecaster, new Float64Array(100).fill(value), 30);
    expect(largestGap(mean, new Float64Array(30).fill(value))).toBeLessThan(1e-12);
  });

  it('gives the same twice and leaves the history as it is', () => {
    const history = series(100, (i) => wave(i, 12) + wave(i * i, 7));
    const before = Float64Array.from(history);
    expect(continued(forecaster, history, 20)).toEqual(continued(forecaster, history, 20));
    expect(history).toEqual(before);
  });

  it('is finite for any finite history, however long the horizon', () => {
    fc.assert(
      fc.property(histories(MIN_STEPS, 80), (history) => {
        expect(continued(forecaster, history, 500).every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('follows a change of unit and of sign', () => {
    fc.assert(
      fc.property(coarseHistories(MIN_STEPS, 80), (history) => {
        const of = (factor: number) =>
          continued(
            forecaster,
            history.map((value) => value * factor),
            12,
          );
        const mean = of(1);
        for (const factor of [1 / 4, -1]) {
          const expected = mean.map((value) => value * factor);
          expect(largestGap(of(factor), expected)).toBeLessThan(1e-12);
        }
      }),
    );
  });

  it('follows a change of origin', () => {
    fc.assert(
      fc.property(fc.double({ min: -0.5, max: 0.5, noNaN: true }), (shift) => {
        const history = series(60, (i) => wave(i, 4) + wave(i, 31) + 0.1 * wave(i * i, 7));
        const mean = continued(forecaster, history, 12);
        const moved = continued(
          forecaster,
          history.map((value) => value + shift),
          12,
        );
        expect(
          largestGap(
            moved,
            mean.map((value) => value + shift),
          ),
        ).toBeLessThan(1e-6);
      }),
    );
  });
});
