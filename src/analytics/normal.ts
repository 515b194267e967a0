/** The share of a standard normal distribution below `x`, to 1e-7. Abramowitz & Stegun, formula 7.1.26. */
export function normalBelow(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (poly * Math.exp((-x * x) / 2)) / 2;
  return x >= 0 ? 1 - tail : tail;
}

/** The value that the share `p` (above 0, below 1) of a standard normal distribution is below, by bisection to 1e-6. */
export function normalQuantile(p: number): number {
  let [low, high] = [-9, 9];
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * The same of Student's t distribution with `freedom` degrees (>= 2), to about 1 % from 3 on at the levels of intervals.
 * Abramowitz & Stegun, formula 26.7.5.
 */
export function studentQuantile(p: number, freedom: number): number {
  const z = normalQuantile(p);
  const z3 = z ** 3;
  const z5 = z ** 5;
  return (
    z +
    (z3 + z) / (4 * freedom) +
    (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom ** 3)
  );
}
