import { describe, expect, it } from 'vitest';
import { backtestOrigins, forecast, type MemberPrediction } from '../../../src/analytics/index.ts';
import { createRandom } from '../../support/random.ts';

const HORIZON = 12;

/** A pattern that no method of the library knows. */
function chirp(i: number): number {
  return 20 + 5 * Math.sin(i * i * 0.0007);
}

function member(values: Float64Array, predict: (i: number) => number): MemberPrediction {
  const { origins, horizon } = backtestOrigins(values, { horizon: HORIZON });
  const from = (start: number, length: number) => Float64Array.from({ length }, (_, step) => predict(start + step));
  return {
    name: 'oracle',
    mean: from(values.length, HORIZON),
    past: origins.map((origin) => from(origin, horizon)),
  };
}

describe('members that a caller brings', () => {
  const random = createRandom(1);
  const values = Float64Array.from({ length: 400 }, (_, i) => chirp(i) + 0.1 * random.normal());
  values.fill(Number.NaN, 0, 3);
  values.fill(Number.NaN, 398);

  it('carry the forecast when they were right before', () => {
    const f = forecast(values, { horizon: HORIZON, members: [member(values, chirp)] });
    expect(f.contenders.find(({ model }) => model === 'oracle')?.mase).toBeLessThan(0.3);
    expect(f.mean.every((value, step) => Math.abs(value - chirp(400 + step)) < 1)).toBe(true);
  });

  it('count for little when they were wrong before', () => {
    const without = forecast(values, { horizon: HORIZON });
    const f = forecast(values, { horizon: HORIZON, members: [member(values, () => 1000)] });
    expect(f.mean.every((value, step) => Math.abs(value - (without.mean[step] ?? 0)) < 1)).toBe(true);
  });

  it('are refused by name when they did not predict what was asked', () => {
    const good = member(values, chirp);
    const refused = (changed: Partial<MemberPrediction>, message: RegExp) =>
      expect(() => forecast(values, { horizon: HORIZON, members: [{ ...good, ...changed }] })).toThrow(message);
    refused({ mean: good.mean.subarray(1) }, /mean\) of oracle must be 12 finite/);
    refused({ mean: good.mean.map(() => Number.NaN) }, /mean\) of oracle must be 12 finite/);
    refused({ past: good.past.slice(1) }, /oracle has \d+ past predictions; backtestOrigins names \d+/);
    refused({ name: 'naive' }, /the name "?naive"? is taken/);
    refused({ name: 'combination' }, /the name "?combination"? is taken/);
  });

  it('are refused when two have the same name', () => {
    const good = member(values, chirp);
    expect(() => forecast(values, { horizon: HORIZON, members: [good, good] })).toThrow(/the name "?oracle"? is taken/);
  });

  it('have nothing to predict on a series too short for a backtest', () => {
    expect(backtestOrigins(values.subarray(3, 10), { horizon: 3 })).toEqual({ origins: [], horizon: 0 });
  });
});
