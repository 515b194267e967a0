import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { card } from '../../../../src/analytics/forecasters/card.ts';
import { median } from '../../../../src/analytics/order-statistics.ts';
import { createRandom } from '../../../support/random.ts';
import { continued, histories, largestGap, series, wave } from './support.ts';

describe('card', () => {
  it('is named after its periods and asks for two of the shortest cycle', () => {
    expect(card([24, 168])).toMatchObject({ name: 'card(24,168)', minPoints: 49 });
  });

  it('continues two seasons without noise', () => {
    const at = (i: number) => 0.5 + wave(i, 24) + wave(i, 168, 0.2);
    expect(largestGap(continued(card([24, 168]), series(1008, at), 96), series(96, at, 1008))).toBeLessThan(0.02);
  });

  it('continues a season with a trend', () => {
    const at = (i: number) => 0.001 * i + wave(i, 24);
    expect(largestGap(continued(card([24]), series(720, at), 48), series(48, at, 720))).toBeLessThan(0.02);
  });

  it('is raised by bursts less than the mean is', () => {
    const { uniform } = createRandom(7);
    const at = (i: number) => 0.3 + wave(i, 24, 0.2);
    const bursty = series(720, (i) => at(i) + (uniform() < 0.08 ? 1.5 : 0) + 0.01 * uniform());
    const gaps = continued(card([24]), bursty, 24).map((value, step) => Math.abs(value - at(720 + step)));
    expect(median(gaps)).toBeLessThan(0.1);
  });

  it('follows a level step that lasts', () => {
    const at = (i: number) => (i < 480 ? 0.2 : 0.8) + wave(i, 24, 0.1);
    const mean = continued(card([24]), series(600, at), 24);
    expect(largestGap(mean, series(24, at, 600))).toBeLessThan(0.1);
  });

  it('leaves out what does not fit twice', () => {
    const history = series(300, (i) => wave(i, 24) + wave(i, 100, 0.1));
    const long = continued(card([24, 280]), history, 30);
    expect(largestGap(long, continued(card([24, 290]), history, 30))).toBeLessThan(0.05);
  });

  it('stays in the range of the history, widened by as much, on a walk of a thousand steps', () => {
    fc.assert(
      fc.property(histories(19, 80), (history) => {
        const [least, most] = [Math.min(...history), Math.max(...history)];
        const mean = continued(card([4, 8]), history, 1000);
        expect(Math.min(...mean)).toBeGreaterThanOrEqual(2 * least - most);
        expect(Math.max(...mean)).toBeLessThanOrEqual(2 * most - least);
      }),
    );
  });
});
