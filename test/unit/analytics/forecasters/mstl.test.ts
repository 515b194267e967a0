import { describe, expect, it } from 'vitest';
import { mstl } from '../../../../src/analytics/forecasters/mstl.ts';
import { createRandom } from '../../../support/random.ts';
import { continued, largestGap, series, wave } from './support.ts';

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
});
