import { describe, expect, it } from 'vitest';
import { theta } from '../../../../src/analytics/forecasters/theta.ts';
import { continued, largestGap, series, wave } from './support.ts';

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
});
