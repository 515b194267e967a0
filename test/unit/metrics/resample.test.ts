import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Aggregation, aggregations, niceStep, resample } from '../../../src/metrics/resample.ts';
import { samplesOf } from '../../support/fake-metrics.ts';

const second = 1000;
const day = 86_400_000;

/** What each aggregation means, read off its name. */
function naive(values: readonly number[], how: Aggregation): number {
  const sum = values.reduce((a, b) => a + b, 0);
  if (how === 'count') return values.length;
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * (Number(how.slice(1)) / 100);
  const low = sorted[Math.floor(position)] ?? 0;
  const high = sorted[Math.ceil(position)] ?? 0;
  const named: Partial<Record<Aggregation, number | undefined>> = {
    avg: sum / values.length,
    sum,
    min: sorted[0],
    max: sorted.at(-1),
    last: values.at(-1),
  };
  return named[how] ?? low + (high - low) * (position % 1);
}

describe('resampling', () => {
  test.each(aggregations)('%s is that of the samples in each step, on a grid of whole steps', (how) => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
    const input = fc.record({
      fromMs: fc.integer({ min: 0, max: 1e6 }),
      spanMs: fc.integer({ min: 1, max: 50_000 }),
      stepMs: fc.integer({ min: 1, max: 20_000 }),
      samples: fc.array(fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), value), {
        maxLength: 60,
      }),
    });
    fc.assert(
      fc.property(input, ({ fromMs, spanMs, stepMs, samples }) => {
        fc.pre(spanMs / stepMs < 2000);
        const toMs = fromMs + spanMs;
        const at = samples.map(([part, one]) => [Math.floor(fromMs + part * spanMs), one] as const);
        at.sort(([a], [b]) => a - b);
        const grid = resample(samplesOf(...at), { fromMs, toMs, stepMs }, how);
        expect(grid.startMs % stepMs).toBe(0);
        expect(grid.startMs).toBeLessThanOrEqual(fromMs);
        expect(grid.startMs + grid.values.length * stepMs).toBeGreaterThanOrEqual(toMs);
        expect(grid.startMs + (grid.values.length - 1) * stepMs).toBeLessThan(toMs);
        for (const [i, found] of grid.values.entries()) {
          const start = grid.startMs + i * stepMs;
          const inside = at.filter(([ms]) => ms >= start && ms < start + stepMs).map(([, one]) => one);
          const expected = naive(inside, how);
          if (Number.isNaN(expected)) expect(found).toBeNaN();
          else expect(found).toBeCloseTo(expected, 4);
        }
      }),
    );
  });

  test('samples outside of the grid do not count', () => {
    const samples = samplesOf([-5, 1], [0, 2], [9, 4], [10, 8], [20, 16]);
    expect([...resample(samples, { fromMs: 0, toMs: 20, stepMs: 10 }, 'sum').values]).toEqual([6, 8]);
  });

  test('an empty step is missing, or a count of 0', () => {
    const window = { fromMs: 0, toMs: 30, stepMs: 10 };
    expect([...resample(samplesOf([25, 1]), window, 'avg').values]).toEqual([Number.NaN, Number.NaN, 1]);
    expect([...resample(samplesOf([25, 1]), window, 'count').values]).toEqual([0, 0, 1]);
  });
});

describe('the step for a span', () => {
  const nice = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200]
    .map((seconds) => seconds * second)
    .concat([1, 2, 7, 14, 28].map((days) => days * day));

  test('is the shortest usual one that makes few enough points and is not below the floor', () => {
    const input = [
      fc.integer({ min: 1, max: 20 * 365 * day }),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 10 * day }),
    ] as const;
    fc.assert(
      fc.property(...input, (spanMs, maxPoints, floorMs) => {
        const step = niceStep(spanMs, maxPoints, floorMs);
        expect(spanMs / step).toBeLessThanOrEqual(maxPoints);
        expect(step).toBeGreaterThanOrEqual(floorMs);
        const shorter = nice.filter((one) => one < step && one >= floorMs && spanMs / one <= maxPoints);
        expect(shorter).toEqual([]);
        expect(nice.includes(step) || (step % day === 0 && step > 28 * day)).toBe(true);
      }),
    );
  });

  test('is what people would choose', () => {
    expect(niceStep(3_600_000, 60, 5000)).toBe(60_000);
    expect(niceStep(day, 60, 5000)).toBe(1_800_000);
    expect(niceStep(1, 60, 5000)).toBe(5000);
    expect(niceStep(30 * day, 60, 5000)).toBe(43_200_000);
  });
});
