import { describe, expect, test } from 'vitest';
import { fitPredictionBands } from '../../../src/analytics/prediction-bands.ts';

const horizon = 12;
const origins = Array.from({ length: 20 }, (_, i) => 100 + i * horizon);
const plan = { origins, horizon };
/** Evenly spread over -1..1. */
const residuals = origins.map((_, i) =>
  Float64Array.from({ length: horizon }, (_step, step) => (2 * ((i * 7 + step * 53) % 240)) / 239 - 1),
);
const everywhere = (distance: number) => origins.map(() => new Float64Array(horizon).fill(distance));

describe('the bands of a backtest', () => {
  test('hold the share of the errors that they are asked for', () => {
    const { below, above } = fitPredictionBands(residuals, plan).band(0.8, horizon);
    const inside = residuals.flatMap((row) => [...row].filter((r, i) => r >= (below[i] ?? 0) && r <= (above[i] ?? 0)));
    expect(inside.length / 240).toBeGreaterThan(0.77);
    expect(inside.length / 240).toBeLessThan(0.86);
  });

  test('are as told when nothing is held anyway', () => {
    expect(fitPredictionBands(residuals, plan, everywhere(0)).band(0.8, horizon)).toEqual(
      fitPredictionBands(residuals, plan).band(0.8, horizon),
    );
  });

  test('need less width where intervals hold the larger errors anyway', () => {
    const held = origins.map((_, i) => new Float64Array(horizon).fill(i % 2 === 0 ? 1 : 0));
    const alone = fitPredictionBands(residuals, plan);
    const beside = fitPredictionBands(residuals, plan, held);
    expect(beside.band(0.8, horizon).above[0]).toBeLessThan(0.9 * (alone.band(0.8, horizon).above[0] ?? 0));
    expect(beside.heldOutCoverage(0.8)).toBeGreaterThan(0.77);
    expect(beside.heldOutCoverage(0.8)).toBeLessThan(0.86);
  });

  test('tell that everything was inside when everything is held', () => {
    expect(fitPredictionBands(residuals, plan, everywhere(2)).heldOutCoverage(0.8)).toBe(1);
  });
});
