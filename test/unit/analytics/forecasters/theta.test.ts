import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { theta } from '../../../../src/analytics/forecasters/theta.ts';
import { coarseHistories, continued, histories, largestGap, series, wave } from './support.ts';

describe('theta', () => {
  it('is named after its period and asks for two cycles', () => {
    expect(theta(24)).toMatchObject({ name: 'theta(24)', minPoints: 48 });
  });

  it.each([24, 7, 2])('continues a season of %i steps without noise', (period) => {
    const at = (i: number) => 1 + wave(i + 0.5, period);
    expect(largestGap(continued(theta(period), series(240, at), 50), series(50, at, 240))).toBeLessThan(1e-9);
  });

  it('continues half of a trend, from where the series ends', () => {
    const at = (i: number) => 0.002 * i + wave(i, 24);
    const half = (i: number) => 0.002 * 239 + 0.001 * (i - 239) + wave(i, 24);
    const gap = largestGap(continued(theta(24), series(240, at), 48), series(48, half, 240));
    expect(gap).toBeLessThan(0.0015);
  });

  it('follows a level step that lasts', () => {
    const at = (i: number) => (i < 480 ? 0.2 : 0.8) + wave(i, 24, 0.1);
    const mean = continued(theta(24), series(600, at), 24);
    expect(largestGap(mean, series(24, at, 600))).toBeLessThan(0.08);
  });

  it.each([0, 1.3, -1.3])('keeps a constant %d', (value) => {
    const mean = continued(theta(12), new Float64Array(60).fill(value), 30);
    expect(largestGap(mean, new Float64Array(30).fill(value))).toBeLessThan(1e-12);
  });

  it('gives the same twice and leaves the history as it is', () => {
    const history = series(100, (i) => wave(i, 12) + wave(i * i, 7));
    const before = Float64Array.from(history);
    expect(continued(theta(12), history, 20)).toEqual(continued(theta(12), history, 20));
    expect(history).toEqual(before);
  });

  it('is finite for any finite history, however long the horizon', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), histories(18, 80), (period, history) => {
        expect(continued(theta(period), history, 500).every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('follows a change of unit, of sign and of origin', () => {
    fc.assert(
      fc.property(coarseHistories(18, 80), fc.double({ min: -0.5, max: 0.5, noNaN: true }), (history, shift) => {
        const mean = continued(theta(6), history, 12);
        expect(
          continued(
            theta(6),
            history.map((value) => value / 4),
            12,
          ),
        ).toEqual(mean.map((value) => value / 4));
        expect(
          largestGap(
            continued(
              theta(6),
              history.map((value) => -value),
              12,
            ),
            mean.map((value) => -value),
          ),
        ).toBe(0);
        const smooth = series(60, (i) => wave(i, 6) + wave(i, 31));
        const moved = continued(
          theta(6),
          smooth.map((value) => value + shift),
          12,
        );
        expect(
          largestGap(
            moved,
            continued(theta(6), smooth, 12).map((value) => value + shift),
          ),
        ).toBeLessThan(1e-9);
      }),
    );
  });
});
