import { at } from '../at.ts';
import type { Growth, TrendModel } from './trend.ts';

/** What growth of a block may be of that of the block before: it levels off, or becomes faster and faster. */
const RATES = [0.3, 0.5, 0.65, 0.75, 0.82, 0.88, 0.92, 0.95, 1.04, 1.08, 1.12, 1.17, 1.25];
/** So many blocks for three unknowns. */
const MIN_BLOCKS = 8;

/**
 * Growth that becomes smaller or larger by the same share each block: y = a + b * rate^i by least squares, the rate by
 * trying. A cache that fills up comes near its end like that; Gardner and McKenzie's damped trend (1985) where the rate is
 * below 1, exponential growth above.
 */
export const curved: TrendModel = {
  name: 'curved-trend',
  growthOf(values) {
    const none = { slope: 0, rate: 1, length: 0 };
    if (values.filter(Number.isFinite).length < MIN_BLOCKS) return none;
    let best: Growth = none;
    let least = Number.POSITIVE_INFINITY;
    for (const rate of RATES) {
      const { slope, squares } = fitRate(values, rate);
      if (!(squares < least)) continue;
      least = squares;
      best = { slope, rate, length: values.length };
    }
    return best;
  },
};

/** The growth after the last block, and the sum of squares that is left. */
function fitRate(values: Float64Array, rate: number): { slope: number; squares: number } {
  const last = values.length - 1;
  let [n, x, y, xx, xy, yy] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i <= last; i++) {
    const value = at(values, i);
    if (!Number.isFinite(value)) continue;
    // Counted from whichever end is the larger, so that no power leaves the numbers.
    const power = rate ** (rate < 1 ? i : i - last);
    n++;
    x += power;
    y += value;
    xx += power * power;
    xy += power * value;
    yy += value * value;
  }
  const spread = xx - (x * x) / n;
  const b = (xy - (x * y) / n) / spread;
  const squares = yy - (y * y) / n - b * b * spread;
  return { slope: b * (rate - 1) * (rate < 1 ? rate ** last : 1), squares };
}
