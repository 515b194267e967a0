import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Detection, detectBatch } from '../../../src/analytics/index.ts';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { createRandom, type Random } from '../../support/random.ts';

const TURN = 2 * Math.PI;
const DAY = 288;

function series(length: number, at: (i: number) => number): Float64Array {
  return Float64Array.from({ length }, (_, i) => at(i));
}

function noise(seed: number, length = 10_000): Float64Array {
  const random = createRandom(seed);
  return series(length, () => 50 + random.normal());
}

function daily(seed: number): Float64Array {
  const random = createRandom(seed);
  return series(7 * DAY, (i) => 50 + 10 * Math.sin((TURN * i) / DAY) + random.normal());
}

function overlapping({ anomalies }: Detection, start: number, end: number) {
  return anomalies.filter((a) => a.startIndex < end && a.endIndex > start);
}

describe('detectBatch', () => {
  it('leaves normal noise alone', () => {
    for (let seed = 1; seed <= 10; seed++) expect(detectBatch(noise(seed), {}).anomalies.length).toBeLessThanOrEqual(5);
  });

  it('stays calm when the noise has heavy tails, memory or a slow walk', () => {
    const shapes: ((random: Random) => () => number)[] = [
      (random) => () => -Math.log(1 - random.uniform()),
      (random) => {
        let x = 0;
        return () => {
          x = 0.9 * x + random.normal();
          return x;
        };
      },
      (random) => {
        let x = 0;
        return () => {
          x += random.normal();
          return x;
        };
      },
    ];
    for (const shape of shapes) {
      for (let seed = 1; seed <= 5; seed++) {
        const values = series(10_000, shape(createRandom(seed)));
        expect(detectBatch(values, {}).anomalies.length).toBeLessThanOrEqual(10);
      }
    }
  });

  it('finds a spike of eight standard deviations and says where it peaks and what was expected', () => {
    for (let seed = 1; seed <= 10; seed++) {
      for (const values of [noise(seed), daily(seed)]) {
        const before = values[1000] ?? 0;
        values[1000] = before + 8;
        const [found] = overlapping(detectBatch(values, {}), 1000, 1001);
        expect(found).toMatchObject({ peakIndex: 1000, peakValue: before + 8, direction: 'high', points: 1 });
        expect(Math.abs((found?.expected ?? 0) - before)).toBeLessThan(6);
      }
    }
  });

  it('finds a level shift where it begins, once', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const values = noise(seed).map((value, i) => (i >= 5000 ? value - 8 : value));
      const { anomalies } = detectBatch(values, {});
      expect(anomalies[0]).toMatchObject({ direction: 'low' });
      expect(Math.abs((anomalies[0]?.startIndex ?? 0) - 5000)).toBeLessThan(5);
      expect(anomalies.length).toBeLessThanOrEqual(3);
    }
  });

  it('scores an odd cycle above all others, throughout', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const random = createRandom(seed);
      const values = series(14 * DAY, (i) => 50 + 10 * Math.sin((TURN * i) / DAY) + random.normal());
      values.set(values.slice(8 * DAY, 9 * DAY).reverse(), 8 * DAY);
      const { scores } = detectBatch(values, {});
      const within = scores.subarray(8 * DAY, 9 * DAY);
      const rest = [...scores.subarray(0, 7.5 * DAY), ...scores.subarray(9.5 * DAY)];
      expect(Math.min(...within)).toBeGreaterThan(Math.max(...rest));
    }
  });

  it('finds a cycle of less height, none of whose values is out of its usual range', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const random = createRandom(seed);
      const values = series(28 * DAY, (i) => {
        const height = i >= 10 * DAY && i < 11 * DAY ? 4 : 10;
        return 50 + height * Math.sin((TURN * i) / DAY) + 2 * random.normal();
      });
      const { anomalies } = detectBatch(values, { sensitivity: 0.3 });
      expect(anomalies).not.toEqual([]);
      expect(new Set(anomalies.map((a) => a.kind))).toEqual(new Set(['course']));
      expect(overlapping({ anomalies } as unknown as Detection, 10 * DAY, 11 * DAY)).toEqual(anomalies);
    }
  });

  it('tells where a noisy value stands still, within its band too, from the first step of it to the last', () => {
    for (const values of [noise(7, 3000), daily(7)]) {
      values.fill(values[1200] ?? 0, 1200, 1260);
      const [worst, ...rest] = detectBatch(values, {}).anomalies;
      expect(worst).toMatchObject({ kind: 'standstill', startIndex: 1200, endIndex: 1260, points: 60 });
      expect(rest).toEqual([]);
    }
  });

  it('does not call odd what often stands still, or stands still for good', () => {
    const random = createRandom(8);
    const idle = series(4000, (i) => (i % 400 < 300 ? 0 : 5 + random.normal()));
    const ended = series(4000, (i) => (i < 3000 ? random.normal() : 0));
    for (const values of [idle, ended]) {
      expect(detectBatch(values, {}).anomalies.filter((a) => a.kind === 'standstill')).toEqual([]);
    }
  });

  it('joins a dropout to one interval', () => {
    const values = daily(1);
    values.fill(0, 1000, 1020);
    const [worst, ...rest] = detectBatch(values, {}).anomalies;
    expect(worst).toMatchObject({ startIndex: 1000, endIndex: 1020, severity: 'high', direction: 'low', points: 20 });
    expect(rest).toEqual([]);
  });

  it('ranks the worst anomaly first and grades it higher', () => {
    const values = noise(2, 2000);
    values[500] = 57;
    values[700] = 90;
    const { anomalies } = detectBatch(values, {});
    expect(anomalies.map((a) => a.peakIndex)).toEqual([700, 500]);
    expect(anomalies.map((a) => a.severity)).toEqual(['high', 'low']);
  });

  it('takes a job that runs every night for ordinary after three nights, and its absence for odd', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = createRandom(seed);
      const values = series(8 * DAY, (i) =>
        i % DAY >= 24 && i % DAY < 36 ? 80 + 5 * random.normal() : 5 + random.normal(),
      );
      expect(detectBatch(values.subarray(0, 4 * DAY), {}).anomalies).toEqual([]);
      values.fill(5, 6 * DAY + 24, 6 * DAY + 36);
      const missed = detectBatch(values, {});
      expect(missed.periods).toEqual([DAY]);
      expect(overlapping(missed, 6 * DAY + 24, 6 * DAY + 36)).not.toEqual([]);
    }
  });

  it('takes a job that runs every week for ordinary after three weeks', () => {
    const random = createRandom(1);
    const values = series(4 * 168, (i) => (i % 168 >= 20 && i % 168 < 26 ? 60 : 10) + random.normal());
    expect(detectBatch(values, { stepMs: 3_600_000 }).anomalies).toEqual([]);
  });

  it('finds the one value that differs in a flat series, and nothing in a flat one', () => {
    const values = new Float64Array(500).fill(5);
    expect(detectBatch(values, {}).anomalies).toEqual([]);
    values[321] = 9;
    expect(detectBatch(values, {}).anomalies).toMatchObject([{ startIndex: 321, endIndex: 322, expected: 5 }]);
  });

  it('does not call a step of a rarely changing count odd', () => {
    const random = createRandom(6);
    const values = series(2000, () => (random.uniform() < 0.1 ? 1 : 0));
    expect(detectBatch(values, {}).anomalies).toEqual([]);
  });

  it('reports only the wanted direction', () => {
    const values = noise(3, 2000);
    values[500] = 80;
    values[900] = 20;
    const peaks = (direction: 'both' | 'high' | 'low') =>
      detectBatch(values, { direction })
        .anomalies.map((a) => a.peakIndex)
        .sort((a, b) => a - b);
    expect(peaks('both')).toEqual([500, 900]);
    expect(peaks('high')).toEqual([500]);
    expect(peaks('low')).toEqual([900]);
  });

  it('finds more when it is more sensitive, with the same scores', () => {
    const values = noise(4);
    const [dull, keen] = [detectBatch(values, { sensitivity: 0 }), detectBatch(values, { sensitivity: 1 })];
    expect(keen.anomalies.length).toBeGreaterThan(dull.anomalies.length);
    expect(keen.scores).toEqual(dull.scores);
    expect(keen.upper[0]).toBeLessThan(dull.upper[0] ?? 0);
  });

  it('passes over missing values', () => {
    const values = daily(5);
    values.fill(Number.NaN, 300, 400);
    const { scores, expected, anomalies } = detectBatch(values, {});
    expect(Math.max(...scores.subarray(300, 400))).toBe(0);
    expect(expected.every(Number.isFinite)).toBe(true);
    expect(anomalies).toEqual([]);
  });

  it.each([
    ['no values', new Float64Array(0), {}, /at least 1/],
    ['too many values', new Float64Array(200_001), {}, /at most 200000/],
    ['a sensitivity above one', Float64Array.of(1), { sensitivity: 1.1 }, /from 0 to 1/],
    ['a broken period', Float64Array.of(1), { periods: [2.5] }, /from 2 to/],
  ])('refuses %s and names what is valid', (_, values, options, message) => {
    expect(() => detectBatch(values, options)).toThrow(OpenManagerError);
    expect(() => detectBatch(values, options)).toThrow(message);
  });

  it('warns that a handful of values has no usual', () => {
    const { anomalies, warnings } = detectBatch(Float64Array.of(1, 1, 1, 900), {});
    expect(anomalies).toEqual([]);
    expect(warnings.join(' ')).toContain('at least 12');
  });

  it('gives scores of 0..1 and finite ordered bands for any values, or refuses as invalid', () => {
    const anySeries = fc.array(fc.double(), { maxLength: 80 }).map((values) => Float64Array.from(values));
    fc.assert(
      fc.property(anySeries, (values) => {
        try {
          const { scores, expected, lower, upper } = detectBatch(values, {});
          expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
          expected.forEach((value, i) => {
            expect(Number.isFinite(value) && Number.isFinite(lower[i]) && Number.isFinite(upper[i])).toBe(true);
            expect(lower[i]).toBeLessThanOrEqual(value);
            expect(upper[i]).toBeGreaterThanOrEqual(value);
          });
        } catch (error) {
          if (!(error instanceof OpenManagerError)) throw error;
          expect(values.some(Number.isFinite)).toBe(false);
        }
      }),
    );
  });

  it('does not depend on the unit of the metric', () => {
    const values = daily(6);
    values[777] = 99;
    const base = detectBatch(values, {});
    const scaled = detectBatch(
      values.map((value) => value * 1024),
      {},
    );
    expect(scaled.scores).toEqual(base.scores);
  });
});
