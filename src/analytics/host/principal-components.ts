import { at } from '../at.ts';
import { type Column, rowOf } from './columns.ts';

/** Steps that the covariance is taken of, spread over the series: more tell hardly more. */
const MAX_ROWS = 1000;
const MAX_COMPONENTS = 20;
const ITERATIONS = 30;

/** A direction in which the metrics move together, of length 1: one weight a metric. */
export type Component = Float64Array;

/**
 * The directions in which metrics move together more than chance would have it, the strongest first: eigenvectors of the
 * spherical covariance, to which each step counts alike however far out it is, above the largest eigenvalue that independent
 * metrics would show.
 *
 * Locantore et al., "Robust principal component analysis for functional data" (1999); Marchenko & Pastur (1967) for the edge.
 */
export function principalComponents(columns: readonly Column[], steps: number): Component[] {
  const { covariance, rows } = sphericalCovariance(columns, steps);
  const wanted = Math.min(MAX_COMPONENTS, columns.length - 1);
  const vectors = startVectors(columns.length, wanted);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    for (const vector of vectors) vector.set(multiply(covariance, vector));
    orthonormalize(vectors);
  }
  const edge = (1 + Math.sqrt(columns.length / rows)) ** 2 / columns.length;
  return vectors
    .map((vector) => ({ vector, eigenvalue: dot(vector, multiply(covariance, vector)) }))
    .filter(({ eigenvalue }) => eigenvalue > edge)
    .sort((a, b) => b.eigenvalue - a.eigenvalue)
    .map(({ vector }) => vector);
}

/** Of rows scaled to length 1, so that its trace is 1. */
function sphericalCovariance(
  columns: readonly Column[],
  steps: number,
): { covariance: readonly Float64Array[]; rows: number } {
  const size = columns.length;
  const covariance = Array.from({ length: size }, () => new Float64Array(size));
  const rows = Math.min(MAX_ROWS, steps);
  for (let k = 0; k < rows; k++) {
    const row = rowOf(columns, Math.floor((k * steps) / rows));
    const weight = 1 / (rows * (dot(row, row) || 1));
    for (const [i, line] of covariance.entries()) addFrom(i, line, { row, scale: weight * at(row, i) });
  }
  for (const [i, line] of covariance.entries()) for (let j = 0; j < i; j++) line[j] = at(covariance[j] ?? line, i);
  return { covariance, rows };
}

/** The part of a symmetric matrix's line that is right of the diagonal. */
function addFrom(start: number, line: Float64Array, { row, scale }: { row: Float64Array; scale: number }): void {
  for (let j = start; j < line.length; j++) line[j] = at(line, j) + scale * at(row, j);
}

/** Any that no eigenvector is at right angles to. */
function startVectors(size: number, count: number): Component[] {
  const vectors = Array.from({ length: count }, (_, k) =>
    Float64Array.from({ length: size }, (_unused, i) => Math.cos((k + 1) * (i + 1) * 1.618) + (i === k ? 1 : 0)),
  );
  orthonormalize(vectors);
  return vectors;
}

/** In place, by Gram and Schmidt; what is left of one that depends on those before it is 0. */
function orthonormalize(vectors: readonly Component[]): void {
  for (const [k, vector] of vectors.entries()) {
    for (const before of vectors.slice(0, k)) addScaled(vector, before, -dot(vector, before));
    const length = Math.sqrt(dot(vector, vector));
    const scale = length > Number.EPSILON ? 1 / length : 0;
    for (let i = 0; i < vector.length; i++) vector[i] = scale * at(vector, i);
  }
}

function multiply(matrix: readonly Float64Array[], vector: Float64Array): Float64Array {
  return Float64Array.from(matrix, (row) => dot(row, vector));
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += at(a, i) * at(b, i);
  return sum;
}

/** Adds `scale` times `other` in place. */
export function addScaled(vector: Float64Array, other: Float64Array, scale: number): void {
  for (let i = 0; i < vector.length; i++) vector[i] = at(vector, i) + scale * at(other, i);
}
