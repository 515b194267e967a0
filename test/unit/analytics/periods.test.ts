import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPeriods } from '../../../src/analytics/index.ts';
import { createRandom } from '../../support/random.ts';

const TURN = 2 * Math.PI;
const MINUTE_MS = 60_000;
const PERIODS = [24, 144, 168, 288, 1440, 2016];

/** A smooth season of two harmonics; `noise` in standard deviations of the season, `trend` a step. */
function season(period: number, cycles: number, { seed = 1, noise = 0.4, trend = 0 } = {}): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: period * cycles }, (_, i) => {
    const turns = (TURN * i) / period;
    return trend * i + 10 * Math.sin(turns) + 4 * Math.cos(2 * turns) + 7.6 * noise * random.normal();
  });
}

/** High in working hours, with a night in between; the step, 0 to below 1, is the phase. */
function officeHours(phase: number): number {
  return phase >= 0.33 && phase < 0.71 ? 1 : 0;
}

function walk(n: number, phi: number, seed: number): Float64Array {
  const random = createRandom(seed);
  let level = 0;
  return Float64Array.from({ length: n }, () => {
    level = random.normal() + phi * level;
    return level;
  });
}

describe('findPeriods', () => {
  it.each(PERIODS)('finds a period of %i steps under noise and trend', (period) => {
    for (let seed = 1; seed <= 3; seed++) {
      expect(findPeriods(season(period, 14, { seed, trend: 0.01 }))).toEqual([period]);
    }
  });

  it.each(PERIODS)('finds a period of %i steps under noise of twice its size', (period) => {
    for (let seed = 1; seed <= 3; seed++) {
      const [found, ...others] = findPeriods(season(period, 30, { seed, noise: 2 }));
      expect(others).toEqual([]);
      expect(Math.abs((found ?? 0) - period)).toBeLessThanOrEqual(0.01 * period);
    }
  });

  it.each(PERIODS)('finds office hours of a period of %i steps, and no harmonic of theirs', (period) => {
    const random = createRandom(4);
    const values = Float64Array.from({ length: 10 * period }, (_, i) => {
      return 5 * officeHours((i % period) / period) + random.normal();
    });
    expect(findPeriods(values)).toEqual([period]);
  });

  it.each([24, 48, 288])('finds %i steps, not twice as many, when one of seven cycles is missing', (period) => {
    for (let seed = 1; seed <= 20; seed++) {
      const values = season(period, 7, { seed, noise: 0.1 });
      const start = Math.floor((createRandom(seed).uniform() * 6 * values.length) / 7);
      values.fill(Number.NaN, start, start + period);
      expect(findPeriods(values)).toEqual([period]);
    }
  });

  it('tells days that alternate from days that do not', () => {
    const random = createRandom(6);
    const values = Float64Array.from({ length: 24 * 20 }, (_, i) => {
      return officeHours((i % 24) / 24) * (i % 48 < 24 ? 5 : 9) + random.normal();
    });
    expect(findPeriods(values)).toContain(48);
  });

  it.each(PERIODS)('finds a period of %i steps when a fifth of the values and a whole cycle are missing', (period) => {
    const random = createRandom(5);
    const values = season(period, 14).map((value) => (random.uniform() < 0.2 ? Number.NaN : value));
    values.fill(Number.NaN, 3 * period + 7, 4 * period + 7);
    expect(findPeriods(values)).toEqual([period]);
  });

  it.each([
    { short: 24, long: 168 },
    { short: 144, long: 1008 },
    { short: 288, long: 2016 },
    { short: 60, long: 1440 },
  ])('finds $long steps beside $short, and no multiple of $short', ({ short, long }) => {
    const random = createRandom(1);
    const values = Float64Array.from({ length: long * 6 }, (_, i) => {
      const isQuiet = i % long >= (5 / 7) * long;
      return (isQuiet ? 4 : 10) * Math.sin((TURN * i) / short) + (isQuiet ? 0 : 5) + random.normal();
    });
    expect(findPeriods(values)).toEqual([short, long]);
  });

  it('finds one day, not half of one, in a day with two peaks', () => {
    const random = createRandom(6);
    const values = Float64Array.from({ length: 288 * 14 }, (_, i) => {
      const hour = (i % 288) / 12;
      return 10 * Math.exp(-((hour - 9) ** 2)) + 8 * Math.exp(-((hour - 20) ** 2)) + random.normal();
    });
    expect(findPeriods(values)).toEqual([288]);
  });

  it('finds a nightly job that takes one step in a day', () => {
    const random = createRandom(2);
    const values = Float64Array.from({ length: 288 * 10 }, (_, i) => (i % 288 === 24 ? 80 : 5) + random.normal());
    expect(findPeriods(values)).toEqual([288]);
  });

  it.each([
    { period: 288, cycles: 2, stepMs: 5 * MINUTE_MS },
    { period: 288, cycles: 3, stepMs: 5 * MINUTE_MS },
    { period: 24, cycles: 3, stepMs: 60 * MINUTE_MS },
    { period: 168, cycles: 2, stepMs: 60 * MINUTE_MS },
  ])(
    'finds $period steps of $stepMs ms in $cycles cycles, as a day or week is likely',
    ({ period, cycles, stepMs }) => {
      for (let seed = 1; seed <= 5; seed++)
        expect(findPeriods(season(period, cycles, { seed }), stepMs)).toEqual([period]);
    },
  );

  it('finds three quiet days of office hours, whose jumps are no new levels', () => {
    const random = createRandom(8);
    const values = Float64Array.from({ length: 3 * 288 }, (_, i) => 9 * officeHours((i % 288) / 288) + random.normal());
    expect(findPeriods(values, 5 * MINUTE_MS)).toEqual([288]);
  });

  it('sees through wild values', () => {
    const random = createRandom(7);
    const wild = season(24, 30).map((value) => (random.uniform() < 0.01 ? 1e6 * random.normal() : value));
    expect(findPeriods(wild)).toEqual([24]);
  });

  it('sees through new levels and restarts of a leak', () => {
    const values = season(288, 10);
    const disturbed = values.map((value, i) => value + (i > 1000 ? 300 : 0) - (i > 2100 ? 450 : 0) + (i % 1300) / 10);
    expect(findPeriods(disturbed)).toEqual([288]);
  });

  it('finds none in nearly all noise, whatever its memory', () => {
    const series = [0, 0.5, 0.9, 0.99, 1].flatMap((phi) =>
      Array.from({ length: 30 }, (_, seed) => walk(500 + 100 * seed, phi, seed + 1)),
    );
    const mistaken = series.filter((values) => findPeriods(values, 60 * MINUTE_MS).length > 0);
    expect(mistaken.length).toBeLessThanOrEqual(3);
  });

  it('finds none in a constant, a straight line, nothing and next to nothing', () => {
    expect(findPeriods(new Float64Array(500).fill(0.1))).toEqual([]);
    expect(findPeriods(Float64Array.from({ length: 500 }, (_, i) => 1e9 + 0.1 * i))).toEqual([]);
    expect(findPeriods(new Float64Array(500).fill(Number.NaN))).toEqual([]);
    expect(findPeriods(new Float64Array(500).fill(Number.POSITIVE_INFINITY))).toEqual([]);
    expect(findPeriods(new Float64Array(0))).toEqual([]);
    for (let n = 1; n <= 8; n++) expect(findPeriods(walk(n, 0, n))).toEqual([]);
  });

  it('finds none with a single known value, wherever it is', () => {
    const values = new Float64Array(100).fill(Number.NaN);
    values[40] = 7;
    expect(findPeriods(values, 60 * MINUTE_MS)).toEqual([]);
  });

  it('takes infinite values as missing', () => {
    const values = season(24, 14);
    const infinite = values.map((value, i) => (i % 50 === 0 ? Number.NEGATIVE_INFINITY : value));
    expect(findPeriods(infinite)).toEqual([24]);
  });

  it('refuses a step that is none and more values than it analyses', () => {
    expect(() => findPeriods(season(24, 4), 0)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => findPeriods(season(24, 4), Number.NaN)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
    expect(() => findPeriods(new Float64Array(200_001))).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('does not depend on the unit, an offset, the sign or the direction of time', () => {
    const any = fc.record({
      period: fc.integer({ min: 5, max: 60 }),
      cycles: fc.integer({ min: 12, max: 20 }),
      seed: fc.integer({ min: 1, max: 1e6 }),
      exponent: fc.integer({ min: -200, max: 200 }),
      offset: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
    });
    fc.assert(
      fc.property(any, ({ period, cycles, seed, exponent, offset }) => {
        const values = season(period, cycles, { seed, noise: 0.3 });
        expect(findPeriods(values)).toEqual([period]);
        expect(findPeriods(values.map((value) => value * 10 ** exponent))).toEqual([period]);
        expect(findPeriods(values.map((value) => offset - value))).toEqual([period]);
        expect(findPeriods(values.toReversed())).toEqual([period]);
      }),
      { numRuns: 60 },
    );
  });

  it('answers anything with at most three different periods that fit in, ascending', () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom(Number.NaN, 0, 1, -1, 1e308, -1e308, 5e-324, Number.POSITIVE_INFINITY),
    );
    const step = fc.option(fc.constantFrom(1, 1000, MINUTE_MS, 60 * MINUTE_MS), { nil: undefined });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 300 }), step, (values, stepMs) => {
        const found = findPeriods(Float64Array.from(values), stepMs);
        expect(found.length).toBeLessThanOrEqual(3);
        expect(found).toEqual([...new Set(found)].sort((a, b) => a - b));
        for (const period of found)
          expect(Number.isInteger(period) && period >= 2 && 2 * period <= values.length).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
