import { describe, expect, test } from 'vitest';
import type { BacktestSummary } from '../../../src/analytics/index.ts';
import type { MetricForecast } from '../../../src/metrics/forecast-metric.ts';
import { qualityData, qualityNote, withoutNoise } from '../../../src/metrics/forecast-quality-text.ts';

const minute = 60_000;
const measured: BacktestSummary = {
  mase: 0.78123,
  baselineMase: 1.0412,
  baseline: 'seasonal-naive(48)',
  scale: 0.0123,
  coverage: [{ level: 0.95, actual: 0.9412 }],
  n: 14,
};

/** Of half-hourly values from 0.2 to 0.6. */
function quality(backtest: Partial<BacktestSummary> | null, unit = '1', values = [0.2, 0.6, Number.NaN]) {
  const found = {
    unit,
    shownUnit: unit,
    history: { startMs: 0, stepMs: 30 * minute, values: Float64Array.from(values) },
    forecast: { backtest: backtest && { ...measured, ...backtest } },
  } as unknown as MetricForecast;
  return { note: qualityNote(found, 0.95), data: qualityData(found) };
}

describe('how good a forecaster was', () => {
  test('is told in the unit of the series, beside what the naive method repeats', () => {
    expect(quality({}).note).toBe(
      "On this series' own past (14 backtests) its mean error was 0.961 %, 0.75 times that of repeating the values of 1d before (1.28 %); the 95 % interval held 94.1 % of the values.",
    );
    expect(quality({ baseline: 'naive' }, 'By').note).toContain(
      'times that of repeating the last value (0.0128 B); the 95 %',
    );
    expect(quality({}).data).toEqual({
      mase: 0.7812,
      baseline_mase: 1.041,
      error: 0.009609,
      baseline_error: 0.01281,
      baseline: 'seasonal-naive(48)',
      coverage: 0.9412,
      n: 14,
    });
  });

  test('says that nobody knows how often the interval holds where all backtests overlap', () => {
    const { note, data } = quality({ coverage: [{ level: 0.95, actual: Number.NaN }] });
    expect(note).toContain('; how often the 95 % interval holds is not known, as the history is short.');
    expect(data).toMatchObject({ coverage: null });
  });

  test('is 0 where the error is rounding beside the values or what they move', () => {
    for (const mase of [0, 9.8e-15, 1e-8]) {
      const { note, data } = quality({ mase, baseline: 'naive' });
      expect(note).toContain('its mean error was 0 %, that of repeating the last value 1.28 %; the 95 %');
      expect(data).toMatchObject({ mase: 0, error: 0, baseline_mase: 1.041 });
    }
    expect(quality({ mase: 9e-15, baselineMase: 9e-15 }).data).toMatchObject({ mase: 0, baseline_mase: 0 });
    expect(quality({ mase: 1, scale: 1e-6 }, 'By', [1e12, 1e12]).note).toContain('its mean error was 0 B, ');
  });

  test('is not 0 where the values are small, or move little beside what they are', () => {
    expect(quality({ scale: 2e-14 }, '', [1e-12, 2e-12]).note).toContain('its mean error was 1.562e-14, 0.75 times');
    expect(quality({ mase: 0.5, scale: 100 }, '', [1e9, 1e9 + 5000]).note).toContain(
      'its mean error was 50, 0.48 times',
    );
  });

  test('is not told where it is not known', () => {
    expect(quality(null)).toEqual({
      note: 'How accurate it is on this series is not known: the history holds too little to measure it by.',
      data: null,
    });
  });
});

test('a number that is only rounding beside the values of a history is 0', () => {
  const clean = withoutNoise(Float64Array.from([Number.NaN, -50, 3]));
  expect([1e-15, -3e-17, 1e-6, -50, 0].map(clean)).toEqual([0, 0, 1e-6, -50, 0]);
  expect(withoutNoise(Float64Array.from([1e-15]))(1e-15)).toBe(1e-15);
  expect(clean(Number.NaN)).toBeNaN();
});
