import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalAccuracyProbability } from '../../../src/analytics/diebold-mariano.ts';
import { type Preference, preferContender, type ResolvedWindow } from '../../../src/analytics/index.ts';
import { studentTail } from '../../../src/analytics/student-t.ts';
import { createRandom } from '../../support/random.ts';

interface Stream {
  readonly seed: number;
  readonly windows: number;
  readonly methods?: number;
  /** Standard deviation of each method's log losses besides what all share. */
  readonly noise: number;
  /** Lag-1 autocorrelation of the losses. */
  readonly autocorrelation?: number;
  /** Of the last method: its losses by the window's number. */
  readonly factor?: (i: number) => number;
}

/** Losses of several methods over windows that follow each other; `m0` is used throughout. */
function streamOf(o: Stream): ResolvedWindow[] {
  const { methods = 8, autocorrelation = 0, factor = () => 1 } = o;
  const random = createRandom(o.seed);
  const state = Array.from({ length: methods + 1 }, () => random.normal());
  return Array.from({ length: o.windows }, (_, i) => {
    for (const [j, before] of state.entries())
      state[j] = autocorrelation * before + Math.sqrt(1 - autocorrelation ** 2) * random.normal();
    const shared = Math.exp(0.4 * (state[methods] ?? 0));
    const losses = Array.from({ length: methods }, (_, j) => {
      const mase = shared * Math.exp(o.noise * (state[j] ?? 0)) * (j === methods - 1 ? factor(i) : 1);
      return [`m${j}`, { mase, quantileLoss: null }] as const;
    });
    return { startMs: i, endMs: i + 1, used: 'm0', losses: new Map(losses) };
  });
}

/** Every preference there was while the windows came, one after the other. */
function follow(windows: readonly ResolvedWindow[]): { preference: Preference; after: number }[] {
  const changes: { preference: Preference; after: number }[] = [];
  for (let count = 1; count <= windows.length; count += 1) {
    const current = changes.at(-1)?.preference ?? null;
    const preference = preferContender(windows.slice(0, count), current);
    if (preference !== null && preference !== current) changes.push({ preference, after: count });
  }
  return changes;
}

/** Windows in which `m1` loses `share` of what `m0` does, each time about. */
function pairOf(count: number, share: number, change: (i: number) => Partial<ResolvedWindow> = () => ({})) {
  return Array.from({ length: count }, (_, i): ResolvedWindow => {
    const mase = 1 + (i % 3) / 10;
    const losses = new Map([
      ['m0', { mase, quantileLoss: null }],
      ['m1', { mase: share * mase, quantileLoss: null }],
    ]);
    return { startMs: i * 10, endMs: i * 10 + 10, used: 'm0', losses, ...change(i) };
  });
}

const seeds = Array.from({ length: 120 }, (_, seed) => seed);
const share = (of: (seed: number) => boolean) => seeds.filter(of).length / seeds.length;

describe('which method is preferred', () => {
  test.each([0.1, 0.3])(
    'is left alone in 19 of 20 streams of 200 windows of eight equally good methods, log losses apart by %d',
    (noise) => {
      expect(share((seed) => follow(streamOf({ seed, windows: 200, noise })).length > 0)).toBeLessThanOrEqual(0.05);
    },
    30_000,
  );

  test('is left alone in 9 of 10 streams where the losses of one window resemble those before', () => {
    const one = (seed: number) => streamOf({ seed, windows: 200, noise: 0.2, autocorrelation: 0.3 });
    expect(share((seed) => follow(one(seed)).length > 0)).toBeLessThanOrEqual(0.1);
  }, 30_000);

  test('becomes the one that is 10 % better, mostly within 60 windows, once', () => {
    const changes = seeds.map((seed) => follow(streamOf({ seed, windows: 120, noise: 0.1, factor: () => 0.9 })));
    expect(changes.filter(([first]) => first?.preference.model === 'm7').length).toBeGreaterThan(0.95 * seeds.length);
    expect(changes.filter(([first]) => (first?.after ?? 120) <= 60).length).toBeGreaterThan(0.7 * seeds.length);
    expect(changes.filter(({ length }) => length > 1).length).toBeLessThanOrEqual(0.05 * seeds.length);
  }, 30_000);

  test('does not flap while two methods take turns at being better, every 20 windows', () => {
    const factor = (i: number) => (Math.floor(i / 20) % 2 === 0 ? 0.85 : 1.15);
    const changes = seeds.map((seed) => follow(streamOf({ seed, windows: 200, methods: 2, noise: 0.1, factor })));
    expect(Math.max(...changes.map(({ length }) => length))).toBeLessThanOrEqual(1);
  }, 30_000);

  test('goes back with the same evidence anew, of windows since the switch', () => {
    const factor = (i: number) => (i < 60 ? 0.7 : 1.4);
    const [first, second, ...more] = follow(streamOf({ seed: 1, windows: 200, methods: 2, noise: 0.1, factor }));
    expect(first?.preference).toMatchObject({ model: 'm1', over: null });
    expect(second?.preference).toMatchObject({ model: 'm0', over: 'm1' });
    expect(second?.preference.windows).toBeGreaterThanOrEqual(30);
    expect((second?.after ?? 0) - (first?.after ?? 0)).toBeGreaterThanOrEqual(30);
    expect(more).toEqual([]);
  });

  test('needs 30 windows in which both took part', () => {
    expect(preferContender(pairOf(29, 0.5), null)).toBeNull();
    expect(preferContender(pairOf(30, 0.5), null)).toEqual({
      model: 'm1',
      sinceMs: 300,
      over: null,
      windows: 30,
      improvement: expect.closeTo(0.5, 12),
      probability: expect.closeTo(0, 6),
    });
    const alone = (i: number) => (i < 10 ? { losses: new Map([['m0', { mase: 1, quantileLoss: null }]]) } : {});
    expect(preferContender(pairOf(39, 0.5, alone), null)).toBeNull();
    expect(preferContender(pairOf(40, 0.5, alone), null)?.windows).toBe(30);
  });

  test('needs 3 % less error, however sure it is', () => {
    expect(preferContender(pairOf(60, 0.975), null)).toBeNull();
    expect(preferContender(pairOf(60, 0.965), null)?.improvement).toBeCloseTo(0.035, 12);
  });

  test('is not one with worse intervals', () => {
    const withQuantiles = (worse: number) => (i: number) => {
      const losses = [...(pairOf(60, 0.8)[i] as ResolvedWindow).losses].map(
        ([model, loss]) => [model, { ...loss, quantileLoss: model === 'm1' ? worse : 1 }] as const,
      );
      return { losses: new Map(losses) };
    };
    expect(preferContender(pairOf(60, 0.8, withQuantiles(1.01)), null)).toBeNull();
    expect(preferContender(pairOf(60, 0.8, withQuantiles(0.99)), null)?.model).toBe('m1');
  });

  test('is judged by windows that do not overlap', () => {
    const overlapping = (i: number) => ({ startMs: i * 5, endMs: i * 5 + 10 });
    expect(preferContender(pairOf(59, 0.5, overlapping).slice(0, 58), null)).toBeNull();
    expect(preferContender(pairOf(59, 0.5, overlapping), null)?.windows).toBe(30);
  });

  test('is not kept from being found by windows in which nothing could be measured', () => {
    const flat = (i: number) => (i % 2 === 0 ? { losses: new Map() } : {});
    expect(preferContender(pairOf(80, 0.5, flat), null)?.windows).toBe(40);
  });

  test('forgets windows before the last 60', () => {
    const factor = (i: number) => (i < 100 ? 0.5 : 1.02);
    const windows = streamOf({ seed: 3, windows: 160, methods: 2, noise: 0.05, factor });
    expect(preferContender(windows.slice(0, 120), null)?.model).toBe('m1');
    expect(preferContender(windows, null)).toBeNull();
  });

  test('is compared with what was given out where the preferred method took no part', () => {
    const gone: Preference = { model: 'gone', sinceMs: 0, over: null, windows: 30, improvement: 0.1, probability: 0 };
    expect(preferContender(pairOf(40, 0.9), gone)).toMatchObject({ model: 'm1', over: 'gone' });
    expect(preferContender(pairOf(40, 0.99), gone)).toBe(gone);
  });

  test('does not depend on the order of the windows, nor on the unit of the losses', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0.01, max: 100, noNaN: true }), (seed, unit) => {
        const windows = streamOf({ seed, windows: 60, methods: 4, noise: 0.1, factor: () => 0.85 });
        const found = preferContender(windows, null);
        expect(preferContender([...windows].reverse(), null)).toEqual(found);
        const rescaled = windows.map((one) => ({
          ...one,
          losses: new Map(
            [...one.losses].map(([model, loss]) => [model, { ...loss, mase: loss.mase * unit }] as const),
          ),
        }));
        expect(preferContender(rescaled, null)?.model).toBe(found?.model);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the test of equal accuracy', () => {
  test('of four differences is that of a calculation by hand', () => {
    // Mean 2, autocovariances 0.5 and 0: t = sqrt((4 + 1 - 4 + 2 / 4) / 4) * 2 / sqrt(0.5 / 4) = 2 sqrt(3), and Student's
    // distribution with 3 degrees of freedom has a closed form.
    const expected = 0.5 - (0.4 + Math.atan(2)) / Math.PI;
    expect(equalAccuracyProbability(Float64Array.of(1, 2, 3, 2))).toBeCloseTo(expected, 12);
  });

  test('finds nothing in differences that are none, too few or against it, and everything in constant ones', () => {
    expect(equalAccuracyProbability(new Float64Array(50))).toBe(1);
    expect(equalAccuracyProbability(Float64Array.of(1))).toBe(1);
    expect(equalAccuracyProbability(Float64Array.of(-1, -2, -1, -2))).toBe(1);
    expect(equalAccuracyProbability(new Float64Array(50).fill(0.5))).toBe(0);
  });

  // Abramowitz & Stegun, table 26.10.
  test.each([
    [1.699, 29, 0.05],
    [2.756, 29, 0.005],
    [3.659, 29, 0.0005],
    [-1.699, 29, 0.95],
    [12.706, 1, 0.025],
    [2, 60, 0.025],
    [0, 5, 0.5],
  ])('takes %d with %d degrees of freedom from the table of Student', (t, freedom, expected) => {
    expect(studentTail(t, freedom)).toBeCloseTo(expected, 4);
  });
});
