import { at } from './at.ts';
import { solveSymmetric } from './solve-symmetric.ts';

/** Sums of products of a least-squares problem with `size` features. */
export interface NormalEquations {
  readonly size: number;
  /** Lower triangle of the features' products, row by row: `size` x `size`. */
  readonly products: Float64Array;
  /** Each feature times the target. */
  readonly targets: Float64Array;
}

export function emptyEquations(size: number): NormalEquations {
  return { size, products: new Float64Array(size * size), targets: new Float64Array(size) };
}

/** Adds a row of the problem: `features` (its first `size` numbers) should give `target`. */
export function addRow({ size, products, targets }: NormalEquations, features: Float64Array, target: number): void {
  for (let i = 0; i < size; i++) {
    const feature = at(features, i);
    targets[i] = at(targets, i) + feature * target;
    for (let j = 0; j <= i; j++) products[i * size + j] = at(products, i * size + j) + feature * at(features, j);
  }
}

/**
 * The coefficients of least squares, drawn towards `prior` by `penalty` (> 0) times the mean square of a feature: ridge
 * regression (Hoerl & Kennard 1970) around a prior. The prior itself when there are no rows.
 */
export function solveRidge(equations: NormalEquations, penalty: number, prior: readonly number[]): Float64Array {
  const { size } = equations;
  const matrix = equations.products.slice();
  const solution = equations.targets.slice();
  let trace = 0;
  for (let i = 0; i < size; i++) trace += at(matrix, i * size + i);
  const strength = trace > 0 ? (penalty * trace) / size : 1;
  for (let i = 0; i < size; i++) {
    matrix[i * size + i] = at(matrix, i * size + i) + strength;
    solution[i] = at(solution, i) + strength * (prior[i] ?? 0);
  }
  return solveSymmetric(matrix, solution);
}
