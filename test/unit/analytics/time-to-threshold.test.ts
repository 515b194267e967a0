import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ThresholdOptions, timeToThreshold } from '../../../src/analytics/index.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { createRandom } from '../../support/random.ts';

const HOUR_MS = 3_600_000;
const DAY = 24;
const MONTH = 28 * DAY;
/** Of what a change of level is a late one. */
const MIN_PARTS = 20;
const full: ThresholdOptions = { threshold: 0.9, horizon: 30 * DAY, stepMs: HOUR_MS };

function series(length: number, at: (i: number) => number): Float64Array {
  return Float64Array.from({ length }, (_, i) => at(i));
}

/** A disk that reaches 0.9 so many days after a month of history, with noise. */
function filling(days: number, seed = 1): Float64Array {
  const random = createRandom(seed);
  const perHour = 0.5 / (MONTH + days * DAY);
  return series(MONTH, (i) => 0.4 + perHour * i + 0.002 * random.normal());
}

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('timeToThreshold', () => {
  it.each([
    [14, 24],
    [14, 72],
    [7, 24],
    [4, 24],
    [3, 48],
  ])('takes %i days of a straight line for no daily shape, %i hours before it gets there', (days, hours) => {
    const line = series(days * DAY, (i) => 0.9 - (0.05 / DAY) * (hours + days * DAY - 1 - i));
    const found = timeToThreshold(line, full);
    expect(found.earliest).toBeLessThanOrEqual(hours);
    expect(Math.abs(Number(found.likely) - hours)).toBeLessThanOrEqual(1);
    expect(found.latest).toBeGreaterThanOrEqual(hours);
  });

  it('says when a disk that grows steadily is full, and holds the truth in a range that is not wide', () => {
    const found = timeToThreshold(filling(10), full);
    expect(found.reason).toBeNull();
    expect(found.likely).toBeGreaterThan(9 * DAY);
    expect(found.likely).toBeLessThan(11 * DAY);
    expect(found.earliest).toBeLessThanOrEqual(10 * DAY);
    expect(found.latest).toBeGreaterThanOrEqual(10 * DAY);
    expect(Number(found.latest) - Number(found.earliest)).toBeLessThan(4 * DAY);
    expect(found.probability).toBeGreaterThan(0.99);
    expect(found.forecast?.model).toBe('trend');
    expect(found.forecast?.backtest?.error).toBeLessThan(0.3 * Number(found.forecast?.backtest?.baselineError));
  });

  it('is sure of nothing that lies further ahead than the history is long', () => {
    const found = timeToThreshold(filling(40), { ...full, horizon: 60 * DAY });
    expect(found).toMatchObject({ likely: null, reason: 'beyond-history', horizon: MONTH });
  });

  it('says that a series which stays where it is does not approach', () => {
    const random = createRandom(3);
    const found = timeToThreshold(
      series(MONTH, () => 0.6 + 0.02 * random.normal()),
      full,
    );
    expect(found).toMatchObject({ earliest: null, likely: null, latest: null, reason: 'not-approaching' });
    expect(found.probability).toBeLessThan(0.01);
  });

  it.each([30, 60, 100, 200])('says so of what filled up long ago and stands still since, over %i hours', (tau) => {
    const random = createRandom(tau);
    const cache = series(MONTH, (i) => 0.85 - 0.5 * Math.exp(-i / tau) + 0.002 * random.normal());
    const found = timeToThreshold(cache, full);
    expect(found).toMatchObject({ earliest: null, likely: null });
    expect(found.probability).toBeLessThan(0.01);
    expect(Number(found.forecast?.upper) - Number(found.forecast?.lower)).toBeLessThan(0.05);
  });

  it.each([3, 5, 7, 10])(
    'says no date for a disk that stopped filling %i days ago, and how soon it may go on',
    (days) => {
      for (const noise of [0, 0.001]) {
        const random = createRandom(days);
        const stop = MONTH - days * DAY;
        const values = series(MONTH, (i) => 0.4 + (0.45 * Math.min(i, stop)) / stop + noise * random.normal());
        const { earliest, likely, latest } = timeToThreshold(values, full);
        expect({ likely, latest }).toEqual({ likely: null, latest: null });
        // Growing again from now on as it did.
        expect(earliest).toBeGreaterThan((0.5 * 0.05 * stop) / 0.45);
      }
    },
  );

  it('does not take a weekend for the end of growth, nor a pause such as there were before', () => {
    for (const [length, growing] of [
      [7, 5],
      [8, 4],
    ] as const) {
      let level = 0.3;
      const grows = (i: number) => Math.floor(i / DAY) % length < growing;
      const values = series(4 * length * DAY, (i) => (level += grows(i) ? 0.0009 : 0));
      expect(timeToThreshold(values, full).likely).not.toBeNull();
    }
  });

  it('sees that growth levels off below the threshold, while it still goes on', () => {
    const random = createRandom(21);
    const cache = series(14 * DAY, (i) => 0.85 - 0.5 * Math.exp(-i / 200) + 0.002 * random.normal());
    const found = timeToThreshold(cache, full);
    expect(found.forecast?.model).toBe('curved-trend');
    expect(found.likely).toBeNull();
    expect(found.probability).toBeLessThan(0.1);
  });

  it.each([2, 3, 4])('says when growth that becomes faster, as time to the power of %i, is there', (power) => {
    const random = createRandom(power);
    const at = (i: number) => 0.3 + 0.5 * (i / MONTH) ** power;
    const found = timeToThreshold(
      series(MONTH, (i) => at(i) + 0.002 * random.normal()),
      full,
    );
    const truth = Math.ceil(MONTH * 1.2 ** (1 / power)) - MONTH + 1;
    expect(found.reason).toBeNull();
    expect(Math.abs(Number(found.likely) - truth)).toBeLessThan(0.5 * truth);
    expect(found.earliest).toBeLessThanOrEqual(truth);
    expect(found.latest).toBeGreaterThanOrEqual(truth);
  });

  it('says so of one that falls', () => {
    const found = timeToThreshold(
      series(MONTH, (i) => 0.8 - i / 5000),
      full,
    );
    expect(found).toMatchObject({ likely: null, reason: 'not-approaching' });
  });

  it('says 0 steps where the last value is beyond already', () => {
    const found = timeToThreshold(Float64Array.of(0.5, 0.95), full);
    expect(found).toMatchObject({ alreadyBeyond: true, earliest: 0, likely: 0, latest: 0, probability: 1 });
  });

  it('predicts nothing from a history of a few steps', () => {
    expect(timeToThreshold(Float64Array.of(0.1, 0.2, 0.3, 0.4), full)).toMatchObject({
      likely: null,
      reason: 'too-short',
      forecast: null,
    });
  });

  it('counts a daily peak as crossing, not the mean of the day', () => {
    const at = (i: number) => 0.5 + 0.0002 * i + 0.15 * Math.sin((2 * Math.PI * i) / DAY);
    const found = timeToThreshold(series(MONTH, at), full);
    const truth = Array.from({ length: 30 * DAY }, (_, i) => i + 1).find((step) => at(MONTH - 1 + step) >= 0.9);
    expect(Math.abs(Number(found.likely) - Number(truth))).toBeLessThanOrEqual(2 * DAY);
    expect(found.likely).toBeLessThan((0.4 - 0.0002 * MONTH) / 0.0002 - 5 * DAY);
  });

  it.each([1, 2, 3, 4, 6, 8])('sees a nightly peak of %i hours grow, while the rest of the day stays', (hours) => {
    const random = createRandom(hours);
    const isNight = (i: number) => i % DAY >= 3 && i % DAY < 3 + hours;
    const at = (i: number) => (isNight(i) ? 0.78 + (0.1 * i) / MONTH : 0.4);
    const nights = series(MONTH, (i) => at(i) + 0.002 * random.normal());
    const tonight = timeToThreshold(nights, { ...full, threshold: 0.85 });
    expect(tonight).toMatchObject({ earliest: 4, likely: 4, latest: 4, reason: null });
    expect(tonight.probability).toBeGreaterThan(0.99);
    const later = timeToThreshold(nights, full);
    const truth = Array.from({ length: 30 * DAY }, (_, i) => i + 1).find((step) => at(MONTH - 1 + step) >= 0.9);
    expect(Math.abs(Number(later.likely) - Number(truth))).toBeLessThanOrEqual(DAY);
    expect(later.earliest).toBeLessThanOrEqual(Number(truth));
    expect(later.latest).toBeGreaterThanOrEqual(Number(truth));
    const away = timeToThreshold(
      nights.map((value) => 1 - value),
      { ...full, threshold: 0.9 },
    );
    expect(away).toMatchObject({ likely: null, reason: 'not-approaching' });
  });

  it.each([0, 1, 2, 4, 7])(
    'takes the peak that is there or just over, %i hours before the end, for no new level',
    (hours) => {
      const random = createRandom(hours);
      const isPeak = (i: number) => (i + hours) % DAY >= DAY - 5;
      const found = timeToThreshold(
        series(MONTH, (i) => (isPeak(i) ? 0.75 : 0.35) + 0.01 * random.normal()),
        full,
      );
      expect(found).toMatchObject({ earliest: null, likely: null, shift: null });
    },
  );

  it('does not take the morning of a few days for a trend', () => {
    const found = timeToThreshold(
      series(4 * DAY + 10, (i) => 0.5 - 0.3 * Math.cos((2 * Math.PI * i) / DAY)),
      full,
    );
    expect(found.likely).toBeNull();
  });

  it('does not continue the last ramp of a series that is reset again and again', () => {
    const found = timeToThreshold(
      series(MONTH, (i) => 0.2 + (0.5 * (i % (5 * DAY))) / (5 * DAY)),
      full,
    );
    expect(found).toMatchObject({ likely: null, latest: null, reason: 'saw-tooth' });
    expect(found.resets?.count).toBe(5);
    expect(found.resets?.period).toBe(5 * DAY);
    expect(found.resets?.peak).toBeCloseTo(0.7, 1);
  });

  it('continues the tops of a saw-tooth that grow', () => {
    const at = (i: number) => 0.3 + 0.0005 * i + (0.2 * (i % (3 * DAY))) / (3 * DAY);
    const found = timeToThreshold(series(MONTH, at), full);
    const truth = Array.from({ length: 30 * DAY }, (_, i) => i + 1).find((step) => at(MONTH - 1 + step) >= 0.9);
    expect(found.forecast?.model).toBe('tops');
    expect(found.earliest).toBeLessThanOrEqual(Number(truth));
    expect(Math.abs(Number(found.likely) - Number(truth))).toBeLessThanOrEqual(3 * DAY);
  });

  it('says no earlier date for a growing saw-tooth than its ramp can come there', () => {
    const random = createRandom(12);
    const at = (i: number) => 0.2 + ((0.4 + 0.0004 * i) * (i % 50)) / 50;
    const ending = series(672, (i) => at(i) + 0.001 * random.normal());
    const found = timeToThreshold(ending, full);
    const perHour = (0.4 + 0.0004 * 672) / 50;
    expect(found.forecast?.model).toBe('tops');
    expect(found.earliest).toBeGreaterThan((0.9 * (0.9 - at(671))) / perHour);
    expect(found.likely).toBeGreaterThanOrEqual(Number(found.earliest));
  });

  it('continues a ramp that has outgrown all those before', () => {
    const broken = MONTH - 12 * DAY;
    const at = (i: number) =>
      i < broken ? 0.2 + (0.2 * (i % (4 * DAY))) / (4 * DAY) : 0.2 + (0.05 * (i - broken)) / DAY;
    const found = timeToThreshold(series(MONTH, at), { ...full, horizon: 10 * DAY });
    expect(found.shift?.index).toBe(broken);
    expect(found.likely).toBeGreaterThan(1 * DAY);
    expect(found.likely).toBeLessThan(3 * DAY);
  });

  it('learns from what follows a deletion, and names it', () => {
    const deleted = 10 * DAY;
    const at = (i: number) => (i < deleted ? 0.5 + i / 2000 : 0.3 + i / 1500);
    const found = timeToThreshold(series(MONTH, at), full);
    expect(found.shift?.index).toBe(deleted);
    expect(found.shift?.size).toBeLessThan(-0.1);
    expect(found.likely).toBeGreaterThan(8 * DAY);
    expect(found.likely).toBeLessThan(10.5 * DAY);
    const justNow = timeToThreshold(
      series(MONTH, (i) => (i < MONTH - 20 ? 0.4 + i / 2000 : 0.4 + i / 20_000)),
      full,
    );
    expect(justNow.likely).toBeNull();
    expect(justNow.shift?.index).toBe(MONTH - 20);
  });

  it('takes a file that came and went for neither growth nor deletion', () => {
    const clean = filling(10);
    const withFile = clean.map((value, i) => (i > 300 && i < 340 ? value + 0.2 : value));
    const found = timeToThreshold(withFile, full);
    expect(found.shift).toBeNull();
    expect(Math.abs(Number(found.likely) - Number(timeToThreshold(clean, full).likely))).toBeLessThan(DAY);
  });

  describe('a disk that was tidied up at the very end', () => {
    const minuteMs = 60_000;
    /** From 0.5 to 0.85, and 0.2 less in the last `steps`; in the first of them half of it where `isMixed`. */
    const tidied = (days: number, stepMs: number, { steps = 1, isMixed = false, seed = 1 }) => {
      const random = createRandom(seed);
      const length = (days * DAY * HOUR_MS) / stepMs;
      return series(length, (i) => {
        const gone = i < length - steps ? 0 : isMixed && i === length - steps ? 0.1 : 0.2;
        return 0.5 + (0.35 * i) / length - gone + 0.002 * random.normal();
      });
    };
    /** The remaining 0.25 at 0.35 in all of the history. */
    const left = (values: Float64Array) => (0.25 / 0.35) * values.length;

    it.each([
      [3, minuteMs],
      [10, 5 * minuteMs],
      [20, 15 * minuteMs],
      [28, HOUR_MS],
      [60, HOUR_MS],
      [60, DAY * HOUR_MS],
    ])('grows on from where it is: %i days, steps of %i ms', (days, stepMs) => {
      const minutes = [1, 2, 5, 20, 60].map((ago) => Math.ceil((ago * minuteMs) / stepMs));
      for (const steps of new Set([...minutes, 1, 2, 3, 4, 6, 8, 11, 12])) {
        const values = tidied(days, stepMs, { steps, seed: steps });
        if (steps * MIN_PARTS > values.length) continue;
        const found = timeToThreshold(values, { ...full, stepMs, horizon: Math.min(10_000, values.length) });
        const error = Number(found.likely) / left(values) - 1;
        expect(Math.abs(error), `${steps} steps ago`).toBeLessThan(0.08);
        expect(Number(found.shift?.index) - values.length).toBe(-steps);
        expect(found.latest ?? Number.POSITIVE_INFINITY).toBeGreaterThan(left(values));
        if (steps > 1) expect(found.earliest).toBeGreaterThan(0.6 * left(values));
      }
    });

    it('does so where the first step after it holds some of both levels', () => {
      for (const steps of [2, 3, 5, 9]) {
        const values = tidied(28, HOUR_MS, { steps, isMixed: true });
        const found = timeToThreshold(values, full);
        expect(Math.abs(Number(found.likely) / left(values) - 1), `${steps} steps ago`).toBeLessThan(0.08);
      }
    });

    it('keeps the dates of an odd reading within its range, where one value alone is lower', () => {
      const found = timeToThreshold(tidied(28, HOUR_MS, { steps: 1 }), full);
      const untouched = timeToThreshold(tidied(28, HOUR_MS, { steps: 0 }), full);
      expect(Math.abs(Number(found.earliest) - Number(untouched.earliest))).toBeLessThan(DAY);
      expect(found.likely).toBeGreaterThan(19 * DAY);
    });

    it('takes a last value of 0 for an odd reading, and says how late it may be if it is none', () => {
      const values = tidied(28, HOUR_MS, { steps: 0 });
      const untouched = timeToThreshold(values, full);
      values[values.length - 1] = 0;
      const found = timeToThreshold(values, full);
      expect(Math.abs(Number(found.likely) - Number(untouched.likely))).toBeLessThan(5);
      expect(found.latest).toBeNull();
      expect(found.shift).toBeNull();
      expect(found.probability).toBeLessThan(0.9);
    });

    it('takes a last value that is far higher for an odd reading, and says how soon it may be if it is none', () => {
      const values = tidied(28, HOUR_MS, { steps: 28 * DAY });
      const untouched = timeToThreshold(values, full);
      values[values.length - 1] = 0.85;
      const found = timeToThreshold(values, full);
      expect(found.earliest).toBeLessThan(5 * DAY);
      expect(untouched.earliest).toBeGreaterThan(15 * DAY);
      expect(Math.abs(Number(found.likely) - Number(untouched.likely))).toBeLessThan(5);
    });

    it('sees no new level in what happens each day, or now and then', () => {
      const random = createRandom(5);
      const backup = series(MONTH, (i) => 0.5 + (i % DAY === DAY - 1 ? 0.2 : 0) + 0.002 * random.normal());
      expect(timeToThreshold(backup, full)).toMatchObject({ likely: null, shift: null });
      const wrong = tidied(28, HOUR_MS, { steps: 0 });
      const untouched = timeToThreshold(wrong, full);
      for (const i of [100, 333, 500, MONTH - 1]) wrong[i] = Number(wrong[i]) - 0.4;
      expect(Math.abs(Number(timeToThreshold(wrong, full).likely) - Number(untouched.likely))).toBeLessThan(5);
    });

    it('counts from the last of two changes', () => {
      const values = tidied(28, HOUR_MS, { steps: 3 * DAY }).map((value, i) => (i < MONTH - 2 ? value : value - 0.15));
      const found = timeToThreshold(values, { ...full, horizon: 60 * DAY });
      expect(found).toMatchObject({ likely: null, shift: { index: MONTH - 2 }, reason: 'beyond-history' });
    });

    it('stays finite where a file went with the last value, after a day and more', () => {
      const values = series(MONTH, (i) => (i >= MONTH - 40 && i < MONTH - 1 ? 0.75 : 0.45));
      const { forecast, probability } = timeToThreshold(values, full);
      expect(Number.isFinite(Number(forecast?.mean) + probability)).toBe(true);
      expect(forecast?.mean).toBeCloseTo(0.45, 2);
    });

    it('begins the level where the caller knows it to begin', () => {
      const values = tidied(28, HOUR_MS, { steps: 1 });
      const found = timeToThreshold(values, { ...full, levelSince: MONTH - 1 });
      expect(found.earliest).toBeGreaterThan(0.6 * left(values));
      expect(found.shift?.index).toBe(MONTH - 1);
    });
  });

  it('leaves out what is excluded', () => {
    const clean = filling(10);
    const incident = clean.map((value, i) => (i > 400 && i < 500 ? 0.99 - value / 10 : value));
    const found = timeToThreshold(incident, { ...full, exclude: [{ start: 401, end: 500 }] });
    expect(Math.abs(Number(found.likely) - Number(timeToThreshold(clean, full).likely))).toBeLessThan(DAY);
  });

  it('counts steps from the end of the series, across values that are missing there', () => {
    const clean = filling(10);
    const silent = Float64Array.from([...clean, ...new Float64Array(DAY).fill(Number.NaN)]);
    const found = timeToThreshold(silent, full);
    expect(Math.abs(Number(found.likely) + DAY - Number(timeToThreshold(clean, full).likely))).toBeLessThanOrEqual(1);
  });

  it('looks below with the same answer as above on the mirrored series', () => {
    const above = timeToThreshold(filling(10), full);
    const below = timeToThreshold(
      filling(10).map((value) => -value),
      { ...full, threshold: -0.9, direction: 'below' },
    );
    expect(below).toMatchObject({ earliest: above.earliest, likely: above.likely, latest: above.latest });
    expect(below.forecast?.upper).toBe(-Number(above.forecast?.lower));
  });

  it('never reaches a threshold that lies beyond the bounds', () => {
    const found = timeToThreshold(filling(10), {
      ...full,
      threshold: 1.2,
      horizon: MONTH,
      bounds: { lower: 0, upper: 1 },
    });
    expect(found).toMatchObject({ earliest: null, likely: null, latest: null });
  });

  it('holds the truth in about eight of ten cases where growth wanders', () => {
    const runs = 150;
    let inside = 0;
    let counted = 0;
    for (let seed = 1; seed <= runs; seed++) {
      const random = createRandom(seed);
      let level = 0.3;
      const all = series(MONTH + 28 * DAY, () => (level += 0.0006 * (1 + 3 * random.normal())));
      const truth = all.findIndex((value) => value >= 0.9) - MONTH + 1;
      const { earliest, latest, alreadyBeyond } = timeToThreshold(all.subarray(0, MONTH), full);
      if (alreadyBeyond || truth < 1) continue;
      counted++;
      if (earliest !== null && earliest <= truth && (latest ?? Number.POSITIVE_INFINITY) >= truth) inside++;
    }
    expect(counted).toBeGreaterThan(100);
    expect(inside / counted).toBeGreaterThan(0.72);
    expect(inside / counted).toBeLessThan(0.92);
  });

  it.each([
    ['an infinite threshold', { threshold: Number.POSITIVE_INFINITY }, /threshold is Infinity/],
    ['no threshold', { threshold: Number.NaN }, /threshold is NaN/],
    ['no horizon', { horizon: 0 }, /horizon is 0/],
    ['a level of 1', { level: 1 }, /level/],
    ['a step of no length', { stepMs: 0 }, /stepMs/],
    ['a period of one step', { periods: [1] }, /period/],
    [
      'a direction that is none',
      { direction: 'sideways' as 'above' },
      /direction is "sideways"; it must be above or below/,
    ],
    ['a level that is no number', { level: Number.NaN }, /level is NaN/],
    ['a bound that is no number', { bounds: { lower: Number.NaN } }, /bounds are lower NaN/],
    ['a broken step as the start of a level', { levelSince: 1.5 }, /levelSince is 1.5/],
    ['an option that there is not', { treshold: 1 } as object, /There is no option "treshold"; there are threshold, /],
    ['a range that ends before it starts', { exclude: [{ start: 3, end: 2 }] }, /exclude/],
  ])('refuses %s', (_name, change, message) => {
    const error = thrownBy(() => timeToThreshold(filling(5), { ...full, ...change }));
    expect(error).toBeInstanceOf(OpenManagerError);
    expect(error).toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(message) });
  });

  it('refuses a series without a value', () => {
    const error = thrownBy(() => timeToThreshold(new Float64Array(50).fill(Number.NaN), full));
    expect(error).toMatchObject({ code: 'invalid_argument' });
  });

  it('answers in order, within the horizon and finite, whatever the series, and the same in any unit', () => {
    const value = fc.oneof(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.constant(Number.NaN));
    const any = fc.record({
      values: fc.array(value, { minLength: 1, maxLength: 200 }),
      threshold: fc.double({ min: -2e3, max: 2e3, noNaN: true }),
      horizon: fc.integer({ min: 1, max: 300 }),
      season: fc.constantFrom(undefined, [7], [24]),
      direction: fc.constantFrom('above', 'below'),
    });
    fc.assert(
      fc.property(any, ({ season, values, ...o }) => {
        fc.pre(values.some(Number.isFinite));
        const options = { ...o, periods: season };
        const found = timeToThreshold(Float64Array.from(values), options);
        const order = [found.earliest, found.likely, found.latest].map((step) => step ?? Number.POSITIVE_INFINITY);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        for (const step of order.filter(Number.isFinite)) {
          expect(step).toBeGreaterThanOrEqual(found.alreadyBeyond ? 0 : 1);
          expect(step).toBeLessThanOrEqual(found.horizon);
        }
        expect(found.probability).toBeGreaterThanOrEqual(0);
        expect(found.probability).toBeLessThanOrEqual(1);
        if (found.forecast !== null) {
          const { lower, mean, upper, slope } = found.forecast;
          expect([lower, mean, upper].toSorted((a, b) => a - b)).toEqual([lower, mean, upper]);
          expect(Number.isFinite(lower + upper + slope)).toBe(true);
        }
        const scaled = timeToThreshold(
          Float64Array.from(values, (one) => one * 4),
          { ...options, threshold: o.threshold * 4 },
        );
        expect([scaled.earliest, scaled.likely, scaled.latest]).toEqual([found.earliest, found.likely, found.latest]);
      }),
      { numRuns: 300 },
    );
  });
});
