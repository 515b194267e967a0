import { describe, expect, it } from 'vitest';
import { forecast } from '../../../src/analytics/index.ts';
import { limitOutliers } from '../../../src/analytics/limit-outliers.ts';
import { createRandom } from '../../support/random.ts';

function season(seed = 1): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: 672 }, (_, i) => 50 + 20 * Math.sin((Math.PI * i) / 12) + 3 * random.normal());
}

describe('limitOutliers', () => {
  it.each([0, 1, 300, 652, 670, 671])('pulls in a wild value at step %i, and no other', (step) => {
    const values = season();
    values[step] = 500;
    const limited = limitOutliers(values, 24);
    expect(limited[step]).toBeLessThan(150);
    limited[step] = 500;
    expect(limited).toEqual(values);
  });

  it.each<[string, (i: number, noise: number) => number]>([
    ['a nightly job of one step', (i, noise) => (i % 24 === 3 ? 90 : 10) + noise],
    ['weekends', (i, noise) => (i % 168 >= 120 ? 10 : 50) + noise],
    ['a new level', (i, noise) => (i > 600 ? 90 : 10) + noise],
    ['bursts', (i, noise) => (i % 37 < 2 ? 85 : 5) + noise],
    ['growth that becomes faster', (i, noise) => 1.005 ** i + 0.1 * noise],
  ])('leaves %s as it is', (_, value) => {
    const random = createRandom(2);
    const values = Float64Array.from({ length: 672 }, (__, i) => value(i, random.normal()));
    expect(limitOutliers(values, 24)).toEqual(values);
  });

  it('leaves what is now and then on as it is', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(seed);
      let isOn = false;
      const values = Float64Array.from({ length: 672 }, () => {
        isOn = random.uniform() < (isOn ? 0.9 : 0.05);
        return (isOn ? 90 : 5) + random.normal();
      });
      expect(limitOutliers(values, 0), `seed ${seed}`).toEqual(values);
    }
  });

  it('leaves a straight line as it is, whose steps differ by rounding', () => {
    const values = Float64Array.from({ length: 1344 }, (_, i) => {
      const six = Array.from({ length: 6 }, (__, k) => 50 + (35 * (6 * i + k)) / 8064);
      return six.reduce((a, b) => a + b) / 6;
    });
    expect(limitOutliers(values, 0)).toEqual(values);
  });

  it('leaves a constant and a handful of values as they are', () => {
    for (const values of [new Float64Array(50).fill(3), Float64Array.of(1), Float64Array.of(1, 1, 900)]) {
      expect(limitOutliers(values, 0)).toEqual(values);
    }
  });
});

describe('forecast of a series with a wild value', () => {
  it.each([2, 5, 20, 40])('hardly differs when that is %i steps from the end', (ago) => {
    const usual = forecast(season(), { horizon: 24, stepMs: 3_600_000 });
    const values = season();
    values[672 - ago] = 500;
    const f = forecast(values, { horizon: 24, stepMs: 3_600_000 });
    expect(Math.max(...f.mean.map((value, i) => Math.abs(value - (usual.mean[i] ?? 0))))).toBeLessThan(6);
    const width = ({ intervals: [interval] }: typeof f) =>
      (interval?.upper ?? f.mean).reduce((sum, value, i) => sum + value - (interval?.lower[i] ?? 0), 0);
    expect(width(f) / width(usual)).toBeLessThan(1.5);
  });
});
