import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mstl } from '../../../../src/analytics/forecasters/mstl.ts';
import { createRandom } from '../../../support/random.ts';
import { coarseHistories, continued, histories, largestGap, series, wave } from './support.ts';

describe('mstl', () => {
  it('is named after its periods and asks for two of the shortest cycle', () => {
    expect(mstl([24, 168])).toMatchObject({ name: 'mstl(24,168)', minPoints: 49 });
  });

  it('continues two seasons and a trend without noise', () => {
    const at = (i: number) => 0.0005 * i + wave(i, 24) + wave(i, 168, 0.2);
    const mean = continued(mstl([24, 168]), series(1008, at), 48);
    expect(largestGap(mean, series(48, at, 1008))).toBeLessThan(0.02);
  });

  it('follows a season whose height grows', () => {
    const at = (i: number) => wave(i, 24, 0.2 + i / 1000);
    const mean = continued(mstl([24]), series(720, at), 24);
    expect(largestGap(mean, series(24, at, 720))).toBeLessThan(0.12);
  });

  it('finds a season under noise', () => {
    const { uniform } = createRandom(5);
    const at = (i: number) => wave(i, 24);
    const noisy = series(720, (i) => at(i) + 0.2 * (uniform() - 0.5));
    const gaps = continued(mstl([24]), noisy, 24).map((value, step) => Math.abs(value - at(720 + step)));
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / 24).toBeLessThan(0.05);
  });

  it('follows a level step that lasts', () => {
    const at = (i: number) => (i < 480 ? 0.2 : 0.8) + wave(i, 24, 0.1);
    const mean = continued(mstl([24]), series(600, at), 24);
    expect(largestGap(mean, series(24, at, 600))).toBeLessThan(0.08);
  });

  it('leaves out a period that does not fit twice', () => {
    const history = series(300, (i) => wave(i, 24) + wave(i, 168, 0.1));
    expect(continued(mstl([24, 168]), history, 30)).toEqual(continued(mstl([24]), history, 30));
  });

  it.each([0, 1.3, -1.3])('keeps a constant %d', (value) => {
    const mean = continued(mstl([12, 36]), new Float64Array(100).fill(value), 30);
    expect(largestGap(mean, new Float64Array(30).fill(value))).toBeLessThan(1e-12);
  });

  it('gives the same twice and leaves the history as it is', () => {
    const history = series(100, (i) => wave(i, 12) + wave(i * i, 7));
    const before = Float64Array.from(history);
    expect(continued(mstl([12]), history, 20)).toEqual(continued(mstl([12]), history, 20));
    expect(history).toEqual(before);
  });

  it('is finite for any finite history, however long the horizon', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), histories(19, 80), (period, history) => {
        expect(continued(mstl([period, 3 * period]), history, 500).every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('follows a change of unit, of sign and of origin', () => {
    fc.assert(
      fc.property(coarseHistories(19, 80), fc.double({ min: -0.5, max: 0.5, noNaN: true }), (history, shift) => {
        const forecaster = mstl([4, 8]);
        const mean = continued(forecaster, history, 12);
        const quarter = continued(
          forecaster,
          history.map((value) => value / 4),
          12,
        );
        expect(
          largestGap(
            quarter,
            mean.map((value) => value / 4),
          ),
        ).toBe(0);
        const negative = continued(
          forecaster,
          history.map((value) => -value),
          12,
        );
        expect(
          largestGap(
            negative,
            mean.map((value) => -value),
          ),
        ).toBe(0);
        const smooth = series(60, (i) => wave(i, 4) + wave(i, 31));
        const moved = continued(
          forecaster,
          smooth.map((value) => value + shift),
          12,
        );
        expect(
          largestGap(
            moved,
            continued(forecaster, smooth, 12).map((value) => value + shift),
          ),
        ).toBeLessThan(1e-9);
      }),
    );
  });
});
