import { at } from '../at.ts';

/**
 * The root mean square of the residuals in the `window` steps around each step, fewer at the ends; 0 where none is known.
 * `residuals`: NaN = missing, which counts as no value. Linear in the length.
 */
export function windowEnergy(residuals: Float64Array, window: number): Float64Array {
  const n = residuals.length;
  const squares = new Float64Array(n + 1);
  const counts = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const residual = at(residuals, i);
    const known = !Number.isNaN(residual);
    squares[i + 1] = at(squares, i) + (known ? residual * residual : 0);
    counts[i + 1] = at(counts, i) + (known ? 1 : 0);
  }
  const before = Math.floor(window / 2);
  return residuals.map((_, i) => {
    const start = Math.max(0, i - before);
    const end = Math.min(n, i - before + window);
    const count = at(counts, end) - at(counts, start);
    return count === 0 ? 0 : Math.sqrt((at(squares, end) - at(squares, start)) / count);
  });
}
