import { at } from './at.ts';

/** A pivot below this share of its diagonal entry is rounding: the unknown is left at 0. */
const SINGULAR = 1e-12;

/**
 * Solves a positive semidefinite system by Cholesky decomposition. `matrix`: size * size values, of which the lower
 * triangle is read; it is overwritten. Where the columns depend on each other, a later one gets 0.
 */
export function solveSymmetric(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const solution = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    const floor = SINGULAR * at(matrix, i * size + i);
    for (let j = 0; j <= i; j++) {
      let sum = at(matrix, i * size + j);
      for (let k = 0; k < j; k++) sum -= at(matrix, i * size + k) * at(matrix, j * size + k);
      if (i === j) matrix[i * size + i] = sum > floor ? Math.sqrt(sum) : Number.POSITIVE_INFINITY;
      else matrix[i * size + j] = sum / at(matrix, j * size + j);
    }
  }
  for (let i = 0; i < size; i++) {
    let sum = at(solution, i);
    for (let k = 0; k < i; k++) sum -= at(matrix, i * size + k) * at(solution, k);
    solution[i] = sum / at(matrix, i * size + i);
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = at(solution, i);
    for (let k = i + 1; k < size; k++) sum -= at(matrix, k * size + i) * at(solution, k);
    solution[i] = sum / at(matrix, i * size + i);
  }
  return solution;
}
