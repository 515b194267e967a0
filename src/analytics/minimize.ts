interface Vertex {
  readonly point: readonly number[];
  readonly value: number;
}

/** Stops when the best and the worst corner differ by less than this share. */
const TOLERANCE = 1e-4;

/**
 * Where a function of a few numbers is least, near `start`, as found by the downhill simplex of Nelder & Mead (1965) in
 * about `maxEvaluations` calls. `steps`: how far the first corners are from the start.
 */
export function minimize(
  f: (point: readonly number[]) => number,
  start: readonly number[],
  steps: readonly number[],
  maxEvaluations: number,
): readonly number[] {
  let evaluations = 0;
  const vertexAt = (point: readonly number[]): Vertex => {
    evaluations++;
    return { point, value: f(point) };
  };
  let best = vertexAt(start);
  let simplex = [best, ...start.map((_, i) => vertexAt(start.map((x, j) => (i === j ? x + (steps[j] ?? 1) : x))))];
  while (evaluations < maxEvaluations) {
    simplex.sort((a, b) => a.value - b.value);
    best = simplex[0] ?? best;
    const worst = simplex.at(-1) ?? best;
    if (Math.abs(worst.value - best.value) <= TOLERANCE * Math.abs(best.value)) break;
    const better = improve(simplex, worst, vertexAt);
    simplex = better ? [...simplex.slice(0, -1), better] : shrink(simplex, best, vertexAt);
  }
  return simplex.reduce((a, b) => (b.value < a.value ? b : a)).point;
}

/** A corner to take the place of the worst: reflected, expanded or contracted; null when none is better. */
function improve(simplex: readonly Vertex[], worst: Vertex, vertexAt: (point: number[]) => Vertex): Vertex | null {
  const others = simplex.slice(0, -1);
  const centre = worst.point.map((_, j) => others.reduce((sum, { point }) => sum + (point[j] ?? 0), 0) / others.length);
  const along = (t: number) => vertexAt(centre.map((c, j) => c + t * ((worst.point[j] ?? c) - c)));
  const reflected = along(-1);
  if (reflected.value < (simplex[0]?.value ?? 0)) {
    const expanded = along(-2);
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < (others.at(-1)?.value ?? 0)) return reflected;
  const contracted = along(reflected.value < worst.value ? -0.5 : 0.5);
  return contracted.value < Math.min(reflected.value, worst.value) ? contracted : null;
}

function shrink(simplex: readonly Vertex[], best: Vertex, vertexAt: (point: number[]) => Vertex): Vertex[] {
  return [best, ...simplex.slice(1).map(({ point }) => vertexAt(point.map((x, j) => (x + (best.point[j] ?? x)) / 2)))];
}
