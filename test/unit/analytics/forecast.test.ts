import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Forecast, type ForecastOptions, forecast } from '../../../src/analytics/index.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { createRandom } from '../../support/random.ts';

const TURN = 2 * Math.PI;
const HOUR_MS = 3_600_000;

function series(length: number, at: (i: number) => number): Float64Array {
  return Float64Array.from({ length }, (_, i) => at(i));
}

function largestGap(a: Float64Array, b: Float64Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((gap, value, i) => Math.max(gap, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

function expectSound(f: Forecast, horizon: number): void {
  expect(f.mean).toHaveLength(horizon);
  f.intervals.forEach(({ lower, upper }) => {
    f.mean.forEach((mean, i) => {
      expect(Number.isFinite(mean)).toBe(true);
      expect(lower[i]).toBeLessThanOrEqual(mean);
      expect(upper[i]).toBeGreaterThanOrEqual(mean);
      expect(Number.isFinite(lower[i]) && Number.isFinite(upper[i])).toBe(true);
    });
  });
}

describe('forecast', () => {
  it('continues a perfect season exactly', () => {
    const season = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];
    const at = (i: number) => season[i % 12] ?? 0;
    const f = forecast(series(120, at), { horizon: 30 });
    expect(f.model).toBe('seasonal-naive(12)');
    expect(f.mean).toEqual(series(30, (i) => at(120 + i)));
    expect(f.backtest).toMatchObject({ mase: 0 });
  });

  it('continues a straight line', () => {
    const f = forecast(
      series(100, (i) => 5 - 0.25 * i),
      { horizon: 10 },
    );
    expect(
      largestGap(
        f.mean,
        series(10, (i) => 5 - 0.25 * (100 + i)),
      ),
    ).toBeLessThan(1e-9);
    expect(f.backtest?.mase).toBeLessThan(1e-9);
  });

  it('keeps a constant constant, with intervals of no width', () => {
    const f = forecast(new Float64Array(50).fill(7.3), { horizon: 5 });
    expect(f.model).toBe('naive');
    expect(f.mean).toEqual(new Float64Array(5).fill(7.3));
    expect(f.intervals.map(({ lower }) => lower)).toEqual([f.mean, f.mean]);
    expect(f.backtest).toMatchObject({ mase: 0, baselineMase: 0 });
  });

  it('takes the week where weekends differ, and beats repeating the last day', () => {
    const random = createRandom(1);
    const at = (i: number) => 20 + 10 * Math.sin((TURN * i) / 24) - (i % 168 >= 120 ? 12 : 0);
    const f = forecast(
      series(168 * 5, (i) => at(i) + random.normal()),
      { horizon: 48, stepMs: HOUR_MS },
    );
    expect(f.model).toBe('combination');
    expect(f.periods).toEqual([24, 168]);
    expect(f.backtest?.baseline).toBe('seasonal-naive(24)');
    expect(f.backtest?.mase).toBeLessThan((f.backtest?.baselineMase ?? 0) / 2);
  });

  it.each([31, 36, 42, 47])('repeats a day that has not come round twice, after %s hours', (hours) => {
    const random = createRandom(hours);
    const at = (i: number) => 20 + 10 * Math.sin((TURN * i) / 24);
    const history = series(hours, (i) => at(i) + 0.5 * random.normal());
    for (const effort of ['fast', 'full'] as const) {
      const f = forecast(history, { horizon: 12, stepMs: HOUR_MS, effort });
      const gap = largestGap(
        f.mean,
        series(12, (i) => at(hours + i)),
      );
      expect(gap, effort).toBeLessThan(5);
      expect(f.periods).toEqual([]);
    }
    expect(forecast(history, { horizon: 12, periods: [24] }).warnings.join(' ')).not.toContain('24');
  });

  it('does not see a day that has not come round in a walk', () => {
    const random = createRandom(3);
    let level = 0;
    const walk = series(40, () => (level += random.normal()));
    const f = forecast(walk, { horizon: 6, stepMs: HOUR_MS });
    expect(
      largestGap(
        f.mean,
        series(6, () => level),
      ),
    ).toBeLessThan(3);
  });

  it('follows a noisy trend without a season', () => {
    const random = createRandom(2);
    const f = forecast(
      series(300, (i) => 100 + 0.5 * i + 2 * random.normal()),
      { horizon: 20 },
    );
    expect(
      largestGap(
        f.mean,
        series(20, (i) => 100 + 0.5 * (300 + i)),
      ),
    ).toBeLessThan(6);
  });

  it('does not widen a missing stretch into nonsense: the season goes on through it', () => {
    const values = series(240, (i) => 10 * Math.sin((TURN * i) / 24));
    values.fill(Number.NaN, 100, 110);
    values.fill(Number.NaN, 230);
    const f = forecast(values, { horizon: 24 });
    expect(
      largestGap(
        f.mean,
        series(24, (i) => 10 * Math.sin((TURN * i) / 24)),
      ),
    ).toBeLessThan(1e-9);
    expect(f.warnings.join(' ')).toContain('last 10 steps');
  });

  it('tells its error of a series that has a value only now and then', () => {
    const random = createRandom(5);
    const values = series(200, (i) => (i % 7 === 0 ? 50 + random.normal() : Number.NaN));
    expect(forecast(values, { horizon: 20, effort: 'fast' }).backtest).toMatchObject({
      mase: expect.closeTo(0.7, 0),
      scale: expect.closeTo(1.1, 0),
    });
  });

  it('says of which steps nothing was ever measured, as of a machine that is off at night', () => {
    const random = createRandom(4);
    const warningsOf = (values: Float64Array, horizon: number) =>
      forecast(values, { horizon, stepMs: HOUR_MS, effort: 'fast' }).warnings.join(' ');
    const byDay = series(24 * 14, (i) => (i % 24 < 8 ? Number.NaN : 50 + random.normal()));
    expect(warningsOf(byDay, 24)).toContain(
      '8 steps ahead are at times of the cycle of 1d at which nothing was ever measured',
    );
    const byChance = series(24 * 14, () => (random.uniform() < 0.3 ? Number.NaN : 50 + random.normal()));
    expect(warningsOf(byChance, 24)).not.toContain('measured');
    const tooFine = series(24 * 14, (i) => (i % 4 === 0 ? 50 + random.normal() : Number.NaN));
    expect(warningsOf(tooFine, 24)).toContain('18 steps ahead are at times');
  });

  it('does not flatter itself where a day is left out: the naive method repeats the day before it', () => {
    const values = series(48 * 14, (i) => 50 + 10 * Math.sin((TURN * i) / 48) + ((i * 7919) % 101) / 50);
    const whole = forecast(values, { horizon: 48, stepMs: HOUR_MS / 2 });
    for (const start of [480, 576]) {
      const f = forecast(values, { horizon: 48, stepMs: HOUR_MS / 2, exclude: [{ start, end: start + 48 }] });
      expect(f.backtest?.baseline).toBe('seasonal-naive(48)');
      expect(f.backtest?.baselineMase).toBeLessThan(1.2 * (whole.backtest?.baselineMase ?? 0));
    }
  });

  it('keeps mean and intervals inside of the bounds', () => {
    const random = createRandom(3);
    const f = forecast(
      series(200, (i) => Math.min(1, 0.005 * i + 0.05 * random.uniform())),
      { horizon: 50, bounds: { lower: 0, upper: 1 } },
    );
    for (const values of [f.mean, ...f.intervals.flatMap(({ lower, upper }) => [lower, upper])]) {
      expect(Math.max(...values)).toBeLessThanOrEqual(1);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    }
  });

  it('admits that a short series tells no error', () => {
    const f = forecast(Float64Array.of(4, 5, 7), { horizon: 3 });
    expect(f.backtest).toBeNull();
    expect(f.mean).toEqual(Float64Array.of(7, 7, 7));
    expect(f.warnings.join(' ')).toContain('a backtest needs 12');
    expectSound(f, 3);
    expect(f.intervals[1]?.upper[0]).toBeGreaterThan(f.intervals[0]?.upper[0] ?? 0);
  });

  it('says of enough values why they tell no error', () => {
    // The later half has one value, which is far from all before, so that the forecast goes on from those.
    const values = series(30, (i) => (i === 29 ? 1000 : i > 12 ? Number.NaN : 10 + Math.sin(i * i)));
    const { backtest, warnings } = forecast(values, { horizon: 1, effort: 'fast' });
    expect(backtest).toBeNull();
    expect(warnings.at(-1)).toMatch(
      /^None of the 14 values is where a backtest could compare it with a forecast: this/,
    );
  });

  it('warns of outliers, of how many, and of none where there is none', () => {
    const random = createRandom(8);
    const values = series(400, () => 10 + random.normal());
    const outliersOf = (x: Float64Array) => forecast(x, { horizon: 3, effort: 'fast' }).warnings;
    expect(outliersOf(values)).toEqual([]);
    values[120] = 1000;
    expect(outliersOf(values)).toEqual([expect.stringMatching(/^Outliers, .*: 1 value\.$/)]);
    values[60] = -500;
    expect(outliersOf(values)).toEqual([expect.stringMatching(/^Outliers, .*: 2 values\.$/)]);
    values[399] = 1000;
    expect(outliersOf(values)).toEqual([expect.stringMatching(/^Outliers, .*: 3 values, the last one too\.$/)]);
  });

  it('speaks of one as one', () => {
    const warningsOf = (...values: number[]) => forecast(Float64Array.from(values), { horizon: 1 }).warnings;
    expect(warningsOf(1, Number.NaN)[0]).toMatch(/^The last step has no value; the forecast starts after it and/);
    expect(warningsOf(1)[0]).toMatch(/^Only 1 value, and a backtest needs 12: this repeats/);
    expect(warningsOf(1, 2)[0]).toMatch(/^Only 2 values, and a backtest needs 12: this repeats/);
    expect(warningsOf(1, Number.POSITIVE_INFINITY, 2)[0]).toBe('An infinite value was taken as missing.');
  });

  it('says from which step on its intervals are extrapolated, and widens them there', () => {
    const random = createRandom(4);
    const f = forecast(
      series(40, () => random.normal()),
      { horizon: 40 },
    );
    expect(f.warnings.join(' ')).toContain('measure 10 steps ahead');
    const hourly = forecast(f.mean, { horizon: 40, stepMs: HOUR_MS, effort: 'fast' });
    expect(hourly.warnings.join(' ')).toContain('measure 10 steps (10h) ahead');
    const [{ lower = f.mean, upper = f.mean } = {}] = f.intervals;
    const widths = upper.map((value, i) => value - (lower[i] ?? 0));
    widths.subarray(1).forEach((width, i) => {
      expect(width).toBeGreaterThan((widths[i] ?? 0) - 1e-9);
    });
    expect(widths[39]).toBeGreaterThan(widths[10] ?? 0);
  });

  it.each([
    ['no values', new Float64Array(0), { horizon: 1 }, /0 points .* at least 1/],
    ['only missing values', new Float64Array(9).fill(Number.NaN), { horizon: 1 }, /0 points .* at least 1/],
    ['too many values', new Float64Array(200_001), { horizon: 1 }, /at most 200000/],
    ['a horizon of zero', Float64Array.of(1), { horizon: 0 }, /from 1 to 10000/],
    ['a horizon too long', Float64Array.of(1), { horizon: 10_001 }, /from 1 to 10000/],
    ['half a step', Float64Array.of(1), { horizon: 1.5 }, /from 1 to 10000/],
    ['a level of one', Float64Array.of(1), { horizon: 1, levels: [1] }, /between 0 and 1/],
    ['a period of one', Float64Array.of(1), { horizon: 1, periods: [1] }, /from 2 to/],
    ['crossed bounds', Float64Array.of(1), { horizon: 1, bounds: { lower: 2, upper: 1 } }, /lower at most upper/],
    ['an unknown effort', Float64Array.of(1), { horizon: 1, effort: 'slow' as 'fast' }, /fast or full/],
    ['a step without length', Float64Array.of(1), { horizon: 1, stepMs: 0 }, /above 0/],
  ])('refuses %s and names what is valid', (_, values, options, message) => {
    expect(() => forecast(values, options)).toThrow(OpenManagerError);
    expect(() => forecast(values, options)).toThrow(message);
  });

  it('covers about as often as it says on seasonal series with memory, and tells the share it measured', () => {
    const inside = [0, 0];
    const told = [0, 0];
    const runs = 80;
    const horizon = 24;
    for (let seed = 1; seed <= runs; seed++) {
      const random = createRandom(seed);
      let memory = 0;
      const all = series(24 * 30 + horizon, (i) => {
        memory = 0.7 * memory + random.normal();
        return 50 + 8 * Math.sin((TURN * i) / 24) + memory;
      });
      const f = forecast(all.subarray(0, all.length - horizon), { horizon, effort: 'fast' });
      f.intervals.forEach(({ lower, upper }, k) => {
        const actual = all.subarray(all.length - horizon);
        const hits = actual.filter((y, h) => y >= (lower[h] ?? y + 1) && y <= (upper[h] ?? y - 1)).length;
        inside[k] = (inside[k] ?? 0) + hits / horizon / runs;
        told[k] = (told[k] ?? 0) + (f.backtest?.coverage[k]?.actual ?? Number.NaN) / runs;
      });
    }
    [0.8, 0.95].forEach((level, k) => {
      expect(Math.abs((inside[k] ?? 0) - level)).toBeLessThan(0.05);
      expect(Math.abs((inside[k] ?? 0) - (told[k] ?? 0))).toBeLessThan(0.04);
    });
  });

  it('nests its intervals, in whatever order their levels are asked for', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = createRandom(seed);
      const values = series(150, () => random.normal());
      const { intervals } = forecast(values, { horizon: 3, levels: [0.95, 0.8, 0.99, 0.9], effort: 'fast' });
      expect(intervals.map(({ level }) => level)).toEqual([0.95, 0.8, 0.99, 0.9]);
      const ascending = intervals.toSorted((a, b) => a.level - b.level);
      ascending.slice(1).forEach((outer, i) => {
        outer.lower.forEach((lower, step) => {
          expect(lower).toBeLessThanOrEqual(ascending[i]?.lower[step] ?? Number.NaN);
          expect(outer.upper[step]).toBeGreaterThanOrEqual(ascending[i]?.upper[step] ?? Number.NaN);
        });
      });
    }
  });

  it.each<[string, unknown, RegExp]>([
    ['no options', undefined, /options are missing; there are horizon/],
    ['an option that does not exist', { horizon: 3, horizn: 4 }, /no option .*horizn.*; there are horizon/],
    ['a start that is no time', { horizon: 3, startMs: Number.NaN }, /startMs is NaN/],
    ['a hundred periods', { horizon: 3, periods: Array.from({ length: 100 }, (_, i) => i + 2) }, /at most 8/],
    ['no horizon', {}, /horizon is undefined/],
  ])('refuses %s by name', (_, options, message) => {
    const values = series(50, (i) => i);
    const ask = () => forecast(values, options as ForecastOptions);
    expect(ask).toThrow(OpenManagerError);
    expect(ask).toThrow(message);
  });

  it('refuses what is no Float64Array', () => {
    const values = [1, 2, 3] as unknown as Float64Array;
    expect(() => forecast(values, { horizon: 3 })).toThrow(/must be a Float64Array/);
  });

  it('stays finite at the largest values there are', () => {
    const values = series(50, (i) => (i % 2 === 0 ? Number.MAX_VALUE : -Number.MAX_VALUE));
    const f = forecast(values, { horizon: 3 });
    expectSound(f, 3);
    expect(Number.isFinite(f.backtest?.scale)).toBe(true);
  });

  it.each([503, 504, 672, 673, 840])('takes a walk with a drift for none that goes back, of %i hours', (length) => {
    for (let seed = 1; seed <= 4; seed++) {
      const random = createRandom(seed);
      let level = 100;
      const values = series(length, () => {
        level += 0.3 + random.normal();
        return level;
      });
      const { mean } = forecast(values, { horizon: 1, stepMs: HOUR_MS });
      expect(Math.abs((mean[0] ?? Number.NaN) - level)).toBeLessThan(4);
    }
  });

  it('holds both states where its methods do not agree on one', () => {
    const random = createRandom(9);
    const values = series(672, (i) => (i >= 669 || random.uniform() < 0.03 ? 85 : 0));
    const { mean, intervals } = forecast(values, { horizon: 3, stepMs: HOUR_MS, levels: [0.8] });
    for (const [step, value] of mean.entries()) {
      if (value < 1 || value > 84) continue;
      expect((intervals[0]?.upper[step] ?? 0) - (intervals[0]?.lower[step] ?? 0)).toBeGreaterThan(10);
    }
  });

  it('has a width where nothing is known of the first steps', () => {
    const random = createRandom(3);
    const values = series(600, (i) => (i % 10 === 9 ? 50 + 5 * random.normal() : Number.NaN));
    const { intervals } = forecast(values, { horizon: 12 });
    for (const { lower, upper } of intervals) expect((upper[0] ?? 0) - (lower[0] ?? 0)).toBeGreaterThan(1);
  });

  const anyValue = fc.double();
  const anySeries = fc.array(anyValue, { maxLength: 80 }).map((values) => Float64Array.from(values));

  it('gives finite means inside of ordered bands for any values, or refuses as invalid', () => {
    fc.assert(
      fc.property(anySeries, fc.integer({ min: 1, max: 40 }), (values, horizon) => {
        try {
          expectSound(forecast(values, { horizon }), horizon);
        } catch (error) {
          if (!(error instanceof OpenManagerError)) throw error;
          expect(error.code).toBe('invalid_argument');
          expect(values.some(Number.isFinite)).toBe(false);
        }
      }),
    );
  });

  const tame = fc
    .array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 20, maxLength: 60 })
    .map((values) => Float64Array.from(values));

  it('does not depend on the unit of the metric', () => {
    fc.assert(
      fc.property(tame, fc.constantFrom(1 / 1024, 8, 2 ** 40), (values, unit) => {
        const base = forecast(values, { horizon: 5 });
        const scaled = forecast(
          values.map((value) => value * unit),
          { horizon: 5 },
        );
        expect(scaled.model).toBe(base.model);
        expect(
          largestGap(
            scaled.mean,
            base.mean.map((value) => value * unit),
          ),
        ).toBeLessThan(1e-9 * unit);
      }),
    );
  });

  it('moves with the level of a metric that is not positive, and so has no ratios', () => {
    const random = createRandom(5);
    const values = series(200, (i) => 10 * Math.sin((TURN * i) / 20) + random.normal());
    const base = forecast(values, { horizon: 20 });
    const moved = forecast(
      values.map((value) => value - 1000),
      { horizon: 20 },
    );
    expect(moved.model).toBe(base.model);
    expect(
      largestGap(
        moved.mean,
        base.mean.map((value) => value - 1000),
      ),
    ).toBeLessThan(1e-9);
  });
});
