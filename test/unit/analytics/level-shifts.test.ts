import { describe, expect, it } from 'vitest';
import { forecast } from '../../../src/analytics/index.ts';
import { findLevelShifts } from '../../../src/analytics/level-shifts.ts';
import { createRandom } from '../../support/random.ts';

function noisy(length: number, level: (i: number) => number, seed = 1): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length }, (_, i) => level(i) + random.normal());
}

describe('findLevelShifts', () => {
  it('finds a resize to the step', () => {
    const [shift, ...others] = findLevelShifts(
      noisy(600, (i) => (i < 333 ? 100 : 60)),
      24,
    );
    expect(others).toEqual([]);
    expect(shift?.index).toBe(333);
    expect((shift?.after ?? 0) - (shift?.before ?? 0)).toBeCloseTo(-40, -1);
  });

  it('finds two', () => {
    const shifts = findLevelShifts(
      noisy(960, (i) => (i < 300 ? 100 : i < 700 ? 160 : 120)),
      24,
    );
    expect(shifts.map(({ index }) => index)).toEqual([300, 700]);
  });

  it.each([
    ['noise', () => 0],
    ['a trend', (i: number) => 0.5 * i],
    ['weekends', (i: number) => (i % 168 >= 120 ? 0 : 50)],
    ['an outage that ended', (i: number) => (i > 200 && i < 280 ? 0 : 50)],
    ['a saw-tooth', (i: number) => (i % 100) * 2],
    ['jumps all along', (i: number) => (Math.floor(i / 60) % 3) * 40],
  ])('leaves %s as it is', (_, level) => {
    for (let seed = 1; seed <= 20; seed++) expect(findLevelShifts(noisy(672, level, seed), 24)).toEqual([]);
  });
});

it('hardly ever finds one in a week of days, which tells little', () => {
  const seeds = Array.from({ length: 50 }, (_, seed) => seed);
  for (const slope of [0, 0.1, 0.5]) {
    const found = seeds.filter(
      (seed) =>
        findLevelShifts(
          noisy(168, (i) => slope * i, seed),
          24,
        ).length > 0,
    );
    expect(found.length).toBeLessThanOrEqual(2);
  }
});

describe('forecast of a series with a level shift', () => {
  it('goes on from the level after it, names it, and has bands of the noise alone', () => {
    const f = forecast(
      noisy(600, (i) => (i < 400 ? 100 : 60) + 0.01 * i),
      { horizon: 24, levels: [0.95] },
    );
    expect(f.shifts.map(({ index }) => index)).toEqual([400]);
    const [{ lower = f.mean, upper = f.mean } = {}] = f.intervals;
    expect(f.mean.every((value) => Math.abs(value - 66) < 3)).toBe(true);
    expect(upper.every((value, i) => value - (lower[i] ?? 0) < 10)).toBe(true);
  });

  it('is not moved by a few wild values', () => {
    const calm = noisy(600, (i) => 50 + 10 * Math.sin((2 * Math.PI * i) / 24));
    const wild = calm.map((value, i) => (i % 97 === 50 ? value + 5000 : value));
    const [a, b] = [calm, wild].map((values) => forecast(values, { horizon: 24, periods: [24] }).mean);
    expect(a?.every((value, i) => Math.abs(value - (b?.[i] ?? 0)) < 3)).toBe(true);
  });
});
