/** Quantile of the standard normal distribution for 0.5 <= p < 1, within 4.5e-4. Abramowitz & Stegun (1964), 26.2.23. */
function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - p));
  const numerator = 2.515517 + t * (0.802853 + t * 0.010328);
  const denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return t - numerator / denominator;
}

/**
 * How much wider a central interval of the normal distribution becomes when its spread is known from `samples` (> 2)
 * values only: the ratio of Student's t to the normal quantile, by the expansion of Abramowitz & Stegun (1964), 26.7.5.
 * `level`: nominal coverage, above 0 and below 1.
 */
export function smallSampleWidening(level: number, samples: number): number {
  const freedom = samples - 1;
  const z = normalQuantile((1 + level) / 2);
  const g1 = (z ** 2 + 1) / 4;
  const g2 = (5 * z ** 4 + 16 * z ** 2 + 3) / 96;
  const g3 = (3 * z ** 6 + 19 * z ** 4 + 17 * z ** 2 - 15) / 384;
  return 1 + g1 / freedom + g2 / freedom ** 2 + g3 / freedom ** 3;
}
