import { describe, expect, it } from 'vitest';
import { findPeriods } from '../../../src/analytics/index.ts';
import { createRandom } from '../../support/random.ts';

const TURN = 2 * Math.PI;
const MINUTE_MS = 60_000;

function season(period: number, cycles: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length: period * cycles }, (_, i) => {
    const turns = (TURN * i) / period;
    return 0.01 * i + 10 * Math.sin(turns) + 4 * Math.cos(2 * turns) + 3 * random.normal();
  });
}

describe('findPeriods', () => {
  it.each([24, 144, 168, 288])('finds a period of %i steps under noise and trend', (period) => {
    for (let seed = 1; seed <= 5; seed++) expect(findPeriods(season(period, 14, seed))).toEqual([period]);
  });

  it('takes a period near a day for the day when it knows the step', () => {
    for (let seed = 1; seed <= 5; seed++) expect(findPeriods(season(288, 4, seed), 5 * MINUTE_MS)).toEqual([288]);
  });

  it('finds the week beside the day, and no multiple of the day', () => {
    const random = createRandom(1);
    const values = Float64Array.from({ length: 168 * 6 }, (_, i) => {
      const weekend = i % 168 >= 120;
      return (weekend ? 4 : 10) * Math.sin((TURN * i) / 24) + (weekend ? 0 : 5) + random.normal();
    });
    expect(findPeriods(values, 60 * MINUTE_MS)).toEqual([24, 168]);
  });

  it('finds a nightly job that takes one step in a day', () => {
    const random = createRandom(2);
    const values = Float64Array.from({ length: 288 * 10 }, (_, i) => (i % 288 === 24 ? 80 : 5) + random.normal());
    expect(findPeriods(values)).toEqual([288]);
  });

  it('sees through a few wild values and missing stretches', () => {
    const values = season(24, 30, 3);
    values[100] = 1e6;
    values[555] = -1e6;
    values.fill(Number.NaN, 200, 230);
    expect(findPeriods(values)).toEqual([24]);
  });

  it('finds none in nearly all noise and random walks', () => {
    const mistaken = Array.from({ length: 60 }, (_, seed) => {
      const random = createRandom(seed + 1);
      let level = 0;
      return Float64Array.from({ length: 2000 }, () => {
        level = random.normal() + (seed % 2) * level;
        return level;
      });
    }).filter((values) => findPeriods(values).length > 0);
    expect(mistaken.length).toBeLessThanOrEqual(2);
  });

  it('finds none in a constant, in nothing and in next to nothing', () => {
    expect(findPeriods(new Float64Array(500).fill(3))).toEqual([]);
    expect(findPeriods(new Float64Array(500).fill(Number.NaN))).toEqual([]);
    expect(findPeriods(Float64Array.of(1, 2))).toEqual([]);
  });
});
