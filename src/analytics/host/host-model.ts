import { at } from '../at.ts';
import { type Column, rowOf } from './columns.ts';
import { ownDeviations } from './host-deviations.ts';
import { addScaled, type Component, dot, principalComponents } from './principal-components.ts';

const ROUNDS = 4;
/** In the robust standard deviations of a metric. */
const MAX_PULL = 2;

/** What all metrics of a host are at each step, told by the directions in which they move together. */
export interface HostModel {
  readonly components: readonly Component[];
  /** Of each component the signed deviation at each step, in its own robust standard deviations. */
  readonly scores: readonly Float64Array[];
  /** Of each metric what the others leave unexplained at each step, likewise; 0 where it is missing. */
  readonly residuals: readonly Float64Array[];
  /** Of each metric what the model expects at each step, as `z` of its column. */
  readonly expected: readonly Float64Array[];
}

/** Linear in the steps: their covariance is taken of a sample. */
export function fitHostModel(columns: readonly Column[], steps: number, stepMs: number | undefined): HostModel {
  const components = principalComponents(columns, steps);
  const scores = components.map(() => new Float64Array(steps));
  const expected = columns.map(() => new Float64Array(steps));
  for (let step = 0; step < steps; step++) {
    const { row, projection } = project(columns, components, step);
    for (const [k, values] of scores.entries()) values[step] = at(projection, k);
    for (const [j, values] of expected.entries()) values[step] = at(row, j);
  }
  const left = columns.map(({ z }, j) => z.map((value, step) => value - at(expected[j] ?? z, step)));
  const own = (values: Float64Array): Float64Array => ownDeviations(values, stepMs);
  return { components, scores: scores.map(own), residuals: left.map(own), expected };
}

/**
 * The weights of the components at a step and the row that they make; NaN where no metric is known. What is missing is taken
 * for what the others tell of it, and what is far from that pulls no harder than what is `MAX_PULL` from it, so that one odd
 * metric does not make the others look odd.
 */
function project(
  columns: readonly Column[],
  components: readonly Component[],
  step: number,
): { row: Float64Array; projection: Float64Array } {
  const pulled = rowOf(columns, step);
  for (let round = 0; ; round++) {
    const projection = Float64Array.from(components, (component) => dot(component, pulled));
    const row = new Float64Array(columns.length);
    for (const [k, component] of components.entries()) addScaled(row, component, at(projection, k));
    const target = Float64Array.from(columns, ({ z }, j) => pullOf(at(z, step), at(row, j)));
    if (round === ROUNDS || target.every((value, j) => value === at(pulled, j))) {
      const known = columns.some(({ z }) => !Number.isNaN(at(z, step)));
      return { row, projection: known ? projection : projection.fill(Number.NaN) };
    }
    pulled.set(target);
  }
}

function pullOf(value: number, expected: number): number {
  if (Number.isNaN(value)) return expected;
  return Math.min(expected + MAX_PULL, Math.max(expected - MAX_PULL, value));
}
