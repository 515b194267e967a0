import { describe, expect, it } from 'vitest';
import { backtest, forecast } from '../../../src/analytics/index.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { createRandom } from '../../support/random.ts';

function daily(length: number): Float64Array {
  const random = createRandom(1);
  return Float64Array.from({ length }, (_, i) => 50 + 10 * Math.sin((2 * Math.PI * i) / 24) + random.normal());
}

describe('backtest', () => {
  it('names the error and the coverage of every method, the combination as the last', () => {
    const report = backtest(daily(480), { horizon: 24, levels: [0.9] });
    const names = report.models.map((m) => m.model);
    expect(names).toEqual(
      expect.arrayContaining(['naive', 'drift', 'seasonal-naive(24)', 'damped-trend', 'log-ets(24)']),
    );
    expect(names.at(-1)).toBe('combination');
    const errors = new Map(report.models.map((m) => [m.model, m.mase]));
    expect(errors.get('seasonal-naive(24)')).toBeLessThan(errors.get('naive') ?? 0);
    for (const { coverage } of report.models) expect(coverage).toMatchObject([{ level: 0.9 }]);
  });

  it('agrees with what a forecast tells of itself', () => {
    const values = daily(480);
    const f = forecast(values, { horizon: 24 });
    const report = backtest(values, { horizon: 24 });
    const chosen = report.models.find((m) => m.model === f.model);
    expect(f.backtest).toMatchObject({
      mase: chosen?.mase,
      coverage: chosen?.coverage,
      baselineMase: report.models.find((m) => m.model === 'seasonal-naive(24)')?.mase,
      baseline: 'seasonal-naive(24)',
      n: report.origins.length,
    });
  });

  it('forecasts from the later half only, and never past the end', () => {
    for (const length of [12, 13, 50, 480]) {
      const { origins, horizon } = backtest(daily(length), { horizon: 24 });
      expect(origins.length).toBeGreaterThanOrEqual(3);
      expect(Math.min(...origins)).toBeGreaterThanOrEqual(Math.floor(length / 2));
      expect(Math.max(...origins) + horizon).toBe(length);
    }
  });

  it('lets no method see what comes after an origin', () => {
    const values = new Float64Array(100).fill(5);
    for (const i of [93, 95, 97, 99]) values[i] = 105;
    const { models } = backtest(values, { horizon: 8, periods: [10] });
    expect(models.length).toBeGreaterThan(3);
    for (const { mase } of models) expect(mase).toBeCloseTo(models[0]?.mase ?? 0, 9);
    expect(models[0]?.mase).toBeGreaterThan(0);
  });

  it('refuses a series too short for three origins', () => {
    expect(() => backtest(daily(11), { horizon: 1 })).toThrow(OpenManagerError);
    expect(() => backtest(daily(11), { horizon: 1 })).toThrow(/11 points .* at least 12/);
  });
});
