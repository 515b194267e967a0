import { describe, expect, it } from 'vitest';
import { type Forecast, forecast } from '../../../src/analytics/index.ts';
import { createRandom } from '../../support/random.ts';

/** Half-hourly with a day's season, and a level of its own in the last `since` steps. */
function seasonThen(level: number, since: number): Float64Array {
  const random = createRandom(3);
  return Float64Array.from(
    { length: 480 },
    (_, i) => 50 + 10 * Math.sin((Math.PI * i) / 24) + random.normal() + (i < 480 - since ? 0 : level),
  );
}

/** What the season has at the step after the series. */
const NEXT = 50;

function ask(values: Float64Array): Forecast {
  return forecast(values, { horizon: 12, stepMs: 1_800_000 });
}

function expectHeld({ intervals }: Forecast, value: number): void {
  for (const { lower, upper } of intervals) {
    expect(lower[0]).toBeLessThanOrEqual(value);
    expect(upper[0]).toBeGreaterThanOrEqual(value);
  }
}

describe('forecast of a series that leaps at its end', () => {
  it.each([3, 5, 10, 20])('goes on from a new level after %i steps, names it and holds the old one too', (since) => {
    const f = ask(seasonThen(80, since));
    expect(f.mean[0]).toBeGreaterThan(NEXT + 70);
    expect(f.mean[0]).toBeLessThan(NEXT + 90);
    expect(f.shifts.map(({ index }) => index)).toEqual([480 - since]);
    expect(f.shifts[0]?.after).toBeGreaterThan((f.shifts[0]?.before ?? 0) + 70);
    // Later in the wide interval alone.
    for (const { level, lower } of f.intervals) {
      if (since < 12 || level > 0.9) expect(lower[0]).toBeLessThanOrEqual(NEXT);
      else expect(lower[0]).toBeGreaterThan(NEXT + 60);
    }
    expect(f.warnings.join(' ')).toContain(`new one for ${since} steps`);
  });

  it('forgets the old level a cycle later', () => {
    const f = ask(seasonThen(80, 60));
    expect(f.shifts.map(({ index }) => index)).toEqual([420]);
    expect(f.intervals[1]?.lower[0]).toBeGreaterThan(NEXT + 60);
    expect(f.warnings).toEqual([]);
  });

  it.each([1, 2])('takes %i values at the end for outliers or a new level: its intervals hold both', (since) => {
    const values = seasonThen(500, since);
    const f = ask(values);
    expect(Math.abs((f.mean[0] ?? 0) - NEXT)).toBeLessThan(10);
    expect(f.shifts).toEqual([]);
    expectHeld(f, values[479] ?? Number.NaN);
    expectHeld(f, NEXT);
    expect(f.warnings.join(' ')).toContain('an outlier or a new level');
  });

  it('does not mind an outlier that is over', () => {
    const values = seasonThen(0, 0);
    const usual = ask(values);
    values[475] = 5000;
    const f = ask(values);
    expect(f.shifts).toEqual([]);
    expect(Math.abs((f.mean[0] ?? 0) - (usual.mean[0] ?? 0))).toBeLessThan(3);
    expect(f.warnings.join(' ')).not.toMatch(/new level|new one/);
  });

  it.each([
    ['noise', (_: number, noise: number) => noise],
    ['bursts', (i: number, noise: number) => (i % 97 > 92 ? 60 : 0) + noise],
    ['a nightly job that has just begun', (i: number, noise: number) => (i % 48 > 44 ? 60 : 0) + noise],
    ['a walk', (i: number, noise: number) => 20 * Math.sin(i / 70) + noise],
    ['steps up', (i: number) => Math.floor(i / 20)],
  ])('leaves %s as it is', (_, value) => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = createRandom(seed);
      const values = Float64Array.from({ length: 480 }, (__, i) => value(i, random.normal()));
      const f = forecast(values, { horizon: 3, effort: 'fast' });
      expect(f.shifts).toEqual([]);
      expect(f.warnings.join(' ')).not.toMatch(/new level|new one/);
    }
  });
});

describe('forecast of a season whose level has just moved', () => {
  it.each([
    [-45, 3],
    [-45, 6],
    [-45, 24],
    [30, 6],
    [30, 48],
    [30, 72],
  ])('by %i is as right %i steps after as before', (size, since) => {
    const n = 672;
    let bias = 0;
    for (let seed = 1; seed <= 4; seed++) {
      const random = createRandom(seed);
      const at = (i: number) => 50 + 20 * Math.sin((Math.PI * i) / 12) + (i >= n - since ? size : 0);
      const values = Float64Array.from({ length: n }, (_, i) => at(i) + 3 * random.normal());
      const f = forecast(values, { horizon: 24, stepMs: 3_600_000, effort: 'fast' });
      expect(f.shifts).toHaveLength(1);
      expect(Math.abs((f.shifts[0]?.after ?? 0) - (f.shifts[0]?.before ?? 0) - size)).toBeLessThan(8);
      bias += f.mean.reduce((sum, value, step) => sum + value - at(n + step), 0) / (24 * 4);
    }
    expect(Math.abs(bias)).toBeLessThan(4);
  });

  it.each([
    [5, 6],
    [5, 24],
    [1, 6],
  ])('is seen at steps of %i min too, %i h after', (minutes, hours) => {
    const day = 1440 / minutes;
    const n = 7 * day;
    const random = createRandom(minutes + hours);
    const at = (i: number) => 50 + 20 * Math.sin((2 * Math.PI * i) / day) + (i >= n - (hours * day) / 24 ? 40 : 0);
    const values = Float64Array.from({ length: n }, (_, i) => at(i) + 2 * random.normal());
    const f = forecast(values, { horizon: day, stepMs: minutes * 60_000, effort: 'fast' });
    expect(f.shifts).toHaveLength(1);
    const bias = f.mean.reduce((sum, value, step) => sum + value - at(n + step), 0) / day;
    expect(Math.abs(bias)).toBeLessThan(3);
  });

  it('is not taken from what the season does beside a single outlier', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(seed);
      const values = Float64Array.from(
        { length: 672 },
        (_, i) => 50 + 20 * Math.sin((Math.PI * i) / 12) + 3 * random.normal(),
      );
      values[661] = 500;
      expect(forecast(values, { horizon: 24, stepMs: 3_600_000, effort: 'fast' }).shifts, `seed ${seed}`).toEqual([]);
    }
  });
});
