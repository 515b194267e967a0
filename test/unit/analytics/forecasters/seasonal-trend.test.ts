import { describe, expect, it } from 'vitest';
import { seasonalTrend } from '../../../../src/analytics/forecasters/seasonal-trend.ts';
import { createRandom } from '../../../support/random.ts';

const WEEK = 168;
const at = (i: number) => 0.3 * i + (i % WEEK < 120 ? 20 : 5) + 10 * Math.sin((Math.PI * i) / 12);

describe('seasonalTrend', () => {
  it('goes on with a week on a level that grows, for longer than a week too', () => {
    const history = Float64Array.from({ length: 4 * WEEK }, (_, i) => at(i));
    const mean = seasonalTrend(WEEK).fit(history).predict(400);
    expect(Math.max(...mean.map((value, step) => Math.abs(value - at(history.length + step))))).toBeLessThan(1e-9);
  });

  it('knows the growth from two weeks, and is not misled by a wild hour', () => {
    const random = createRandom(1);
    const history = Float64Array.from({ length: 2 * WEEK + 30 }, (_, i) => at(i) + random.normal());
    history[250] = 5000;
    const mean = seasonalTrend(WEEK).fit(history).predict(48);
    const miss = mean.reduce((sum, value, step) => sum + Math.abs(value - at(history.length + step)), 0) / 48;
    expect(miss).toBeLessThan(1.2);
  });
});
