import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChangepointOptions, findChangepoints } from '../../../src/analytics/index.ts';
import { createRandom, type Random } from '../../support/random.ts';

const DAY = 288;
const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
/** Nothing recurs. */
const plain: ChangepointOptions = { periods: [] };

const white = (random: Random) => () => random.normal();
const autoregressive = (memory: number) => (random: Random) => {
  let value = 0;
  return () => {
    value = memory * value + random.normal();
    return value;
  };
};
const heavyTailed = (random: Random) => () =>
  random.normal() / Math.sqrt((random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2) / 3);
const oneSided = (random: Random) => () => -Math.log(1 - random.uniform());
const bursty = (random: Random) => () => (random.uniform() < 0.05 ? 50 * random.uniform() : 0);

type Noise = (random: Random) => () => number;

function series(seed: number, length: number, noise: Noise): Float64Array {
  const next = noise(createRandom(seed));
  return Float64Array.from({ length }, () => next());
}

/** From `index` on so much more. */
function shifted(values: Float64Array, index: number, size: number): Float64Array {
  return values.map((value, i) => (i >= index ? value + size : value));
}

const indices = (values: Float64Array, o: ChangepointOptions = plain) =>
  findChangepoints(values, o).map(({ index }) => index);

/** Changes found in each of the seeds' series, in which there is none. */
function madeUp(length: number, noise: Noise, o: ChangepointOptions = plain): number {
  return seeds.reduce((sum, seed) => sum + findChangepoints(series(seed, length, noise), o).length, 0);
}

describe('a change of level', () => {
  test.each([
    ['white noise', white, 2, 1],
    ['white noise', white, 4, 0.1],
    ['noise with a memory', autoregressive(0.7), 6, 0.5],
    ['heavy tails', heavyTailed, 4, 1],
  ] as const)('in %s is found, %#', (_name, noise, size, meanError) => {
    let error = 0;
    for (const seed of seeds) {
      const index = 100 + 5 * seed;
      const found = indices(shifted(series(seed, 500, noise), index, size));
      const nearest = found.toSorted((a, b) => Math.abs(a - index) - Math.abs(b - index))[0] ?? Number.NaN;
      expect(Math.abs(nearest - index), `seed ${seed}`).toBeLessThanOrEqual(8);
      expect(found.length, `seed ${seed}`).toBeLessThanOrEqual(2);
      error += Math.abs(nearest - index);
    }
    expect(error / seeds.length).toBeLessThanOrEqual(meanError);
  });

  test('is told with both levels, its size in standard deviations, its direction and how sure it is', () => {
    const values = shifted(series(1, 400, white), 250, -6).map((value) => 1000 + 10 * value);
    const [found, ...others] = findChangepoints(values, plain);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ index: 250, kind: 'level', direction: 'down' });
    expect(found?.before).toBeCloseTo(1000, -1);
    expect(found?.after).toBeCloseTo(940, -1);
    expect(found?.size).toBeGreaterThan(5);
    expect(found?.size).toBeLessThan(7);
    expect(found?.score).toBeGreaterThan(0.99);
  });

  test('that is larger is surer', () => {
    const scores = [1, 1.5, 3].map(
      (size) => findChangepoints(shifted(series(3, 400, white), 200, size), plain)[0]?.score,
    );
    expect(scores).toEqual(scores.toSorted((a = 0, b = 0) => a - b));
    expect(new Set(scores).size).toBe(3);
  });

  test('is one of many in a long series, each found at its step', () => {
    const length = 20_000;
    const noise = series(7, length, white);
    const values = noise.map((value, i) => value + 5 * (Math.floor(i / 400) % 2));
    expect(indices(values)).toEqual(Array.from({ length: length / 400 - 1 }, (_, i) => (i + 1) * 400));
  });

  test('is as long as minSteps at least', () => {
    const values = series(5, 300, white).map((value, i) => (i >= 150 && i < 156 ? value + 20 : value));
    expect(indices(values)).toEqual([150, 156]);
    expect(indices(values, { ...plain, minSteps: 12 })).toEqual([]);
  });

  test('counts from a smaller size on the higher the sensitivity is', () => {
    const found = [0, 0.5, 1].map(
      (sensitivity) =>
        seeds.filter(
          (seed) => indices(shifted(series(seed, 300, white), 150, 0.9), { ...plain, sensitivity }).length > 0,
        ).length,
    );
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found[0]).toBeLessThan(found[2] ?? 0);
  });

  test('is found between values that are missing, and told by its step', () => {
    const values = shifted(series(2, 400, white), 200, 6).map((value, i) => (i % 3 === 0 ? value : Number.NaN));
    const [found] = indices(values);
    expect(found).toBe(201);
  });
});

describe('what is no change', () => {
  test('is white noise, heavy tails, one-sided noise and bursts', () => {
    for (const noise of [white, heavyTailed, oneSided, bursty]) {
      for (const length of [60, 300, 2_000]) expect(madeUp(length, noise), noise.name).toBeLessThanOrEqual(4);
    }
  });

  test('is noise with a memory, but for a few in the shortest series', () => {
    expect(madeUp(60, autoregressive(0.7))).toBeLessThanOrEqual(0.5 * seeds.length);
    expect(madeUp(300, autoregressive(0.7))).toBeLessThanOrEqual(0.1 * seeds.length);
    expect(madeUp(2_000, autoregressive(0.7))).toBeLessThanOrEqual(0.05 * seeds.length);
    expect(madeUp(2_000, autoregressive(0.9))).toBeLessThanOrEqual(0.1 * seeds.length);
  });

  test('is a season, named or found', () => {
    const daily: Noise = (random) => {
      let i = 0;
      return () => 10 * Math.sin((2 * Math.PI * i++) / DAY) + random.normal();
    };
    expect(madeUp(7 * DAY, daily, { periods: [DAY] })).toBe(0);
    expect(madeUp(7 * DAY, daily, {})).toBe(0);
    const index = 4 * DAY + 100;
    for (const o of [{ periods: [DAY] }, {}]) {
      const [found] = indices(shifted(series(1, 7 * DAY, daily), index, 6), o);
      expect(Math.abs((found ?? Number.NaN) - index)).toBeLessThanOrEqual(2);
    }
  });

  test.each([1, 2, 3])('is a spike of %i steps, however high', (steps) => {
    for (const height of [10, 1e6]) {
      const values = series(4, 300, white).map((value, i) => (i >= 150 && i < 150 + steps ? value + height : value));
      expect(indices(values)).toEqual([]);
    }
  });

  test('is a constant, nothing, or too little', () => {
    for (const values of [[], [5], [1, 2, 3, 9, 9, 9], new Array(500).fill(7), new Array(500).fill(Number.NaN)]) {
      expect(findChangepoints(Float64Array.from(values), { change: 'both' })).toEqual([]);
    }
  });
});

describe('a change of spread', () => {
  const louder = (seed: number, factor: number) =>
    series(seed, 600, white).map((value, i) => (i >= 300 ? factor * value : value));

  test('is found where it is asked for, and is no change of level', () => {
    for (const seed of seeds) {
      const found = findChangepoints(louder(seed, 4), { ...plain, change: 'both' });
      expect(
        found.map(({ kind }) => kind),
        `seed ${seed}`,
      ).toEqual(['spread']);
      expect(Math.abs((found[0]?.index ?? 0) - 300), `seed ${seed}`).toBeLessThanOrEqual(30);
      expect(found[0]?.direction).toBe('up');
    }
    expect(findChangepoints(louder(1, 4), plain)).toEqual([]);
  });

  test('is told in the unit of the values', () => {
    const [found] = findChangepoints(
      louder(2, 5).map((value) => 100 + 10 * value),
      { ...plain, change: 'spread' },
    );
    expect(found?.before).toBeGreaterThan(8);
    expect(found?.before).toBeLessThan(12);
    expect(found?.after).toBeGreaterThan(40);
    expect(found?.after).toBeLessThan(60);
  });

  test('is not made up, nor taken for one where the level changes', () => {
    for (const noise of [white, autoregressive(0.7), heavyTailed]) {
      expect(madeUp(500, noise, { ...plain, change: 'spread' }), noise.name).toBeLessThanOrEqual(2);
    }
    expect(findChangepoints(shifted(series(1, 500, white), 250, 10), { ...plain, change: 'spread' })).toEqual([]);
  });
});

describe('whatever the values', () => {
  test.each([1e-300, 1e-150, 1, 1e150, 1e300])('a change in units of %f is the same one', (unit) => {
    const values = shifted(series(9, 300, white), 120, 5).map((value) => 20 + value);
    const scaled = findChangepoints(
      values.map((value) => value * unit),
      plain,
    );
    const [found] = findChangepoints(values, plain);
    expect(scaled).toHaveLength(1);
    expect(scaled[0]).toMatchObject({ index: found?.index, direction: 'up' });
    expect(scaled[0]?.size).toBeCloseTo(found?.size ?? 0, 6);
    expect((scaled[0]?.after ?? 0) / unit).toBeCloseTo(found?.after ?? 0, 6);
  });

  test('a change is found far from zero', () => {
    const values = shifted(series(9, 300, white), 120, 8).map((value) => 1e9 + value);
    expect(indices(values)).toEqual([120]);
  });

  test('a step without noise is found at its step', () => {
    const values = Float64Array.from({ length: 200 }, (_, i) => (i < 80 ? 4 : 8));
    expect(findChangepoints(values, plain)).toMatchObject([{ index: 80, before: 4, after: 8, direction: 'up' }]);
  });

  test('what comes back is finite, ascending, and inside', () => {
    const value = fc.oneof(
      fc.double(),
      fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY, 1e308, -1e308, 5e-324),
    );
    const values = fc.array(value, { maxLength: 120 }).map((all) => Float64Array.from(all));
    fc.assert(
      fc.property(values, fc.constantFrom('level', 'spread', 'both'), (given, change) => {
        const found = findChangepoints(given, { change, minSteps: 2 });
        for (const [k, one] of found.entries()) {
          expect(one.index).toBeGreaterThan(found[k - 1]?.kind === one.kind ? (found[k - 1]?.index ?? 0) : 0);
          expect(one.index).toBeLessThan(given.length);
          for (const number of [one.before, one.after, one.size, one.score]) expect(Number.isFinite(number)).toBe(true);
          expect(one.size).toBeGreaterThan(0);
          expect(one.score).toBeGreaterThanOrEqual(0);
          expect(one.score).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

test('eight times as many values take about eight times as long, with many changes or with none', () => {
  const cpuMs = (values: Float64Array) => {
    const start = process.cpuUsage();
    findChangepoints(values, plain);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  for (const size of [0, 5]) {
    const values = series(1, 200_000, white).map((value, i) => value + size * (Math.floor(i / 500) % 2));
    cpuMs(values.subarray(0, 25_000));
    expect(cpuMs(values)).toBeLessThan(24 * cpuMs(values.subarray(0, 25_000)));
  }
}, 30_000);
