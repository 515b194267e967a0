/**
 * The probability that a Student t variable with `freedom` degrees of freedom (> 0) is above `t`; 0..1, NaN for a NaN.
 * By the regularized incomplete beta function: Abramowitz & Stegun, "Handbook of Mathematical Functions" (1964), 26.7.1
 * and 26.5.8.
 */
export function studentTail(t: number, freedom: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  const outside = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
  return t > 0 ? outside : 1 - outside;
}

/** I_x(a, b), 0 <= x <= 1. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on this side alone.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return (front / a) * betaFraction(x, a, b);
}

const maxTerms = 500;
const precision = 1e-14;

/** The continued fraction of 26.5.8, from its last term backwards until one more changes nothing. */
function betaFraction(x: number, a: number, b: number): number {
  let before = 0;
  for (let terms = 8; terms <= maxTerms; terms *= 2) {
    let value = 1;
    for (let m = terms; m >= 1; m -= 1) value = 1 + betaTerm(m, x, a, b) / value;
    if (Math.abs(value - before) < precision * Math.abs(value)) return 1 / value;
    before = value;
  }
  return 1 / before;
}

function betaTerm(index: number, x: number, a: number, b: number): number {
  const m = index >> 1;
  if (index % 2 === 0) return (m * (b - m) * x) / ((a + index - 1) * (a + index));
  return (-(a + m) * (a + b + m) * x) / ((a + index - 1) * (a + index));
}

/** Stirling's series (6.1.41) above 10, and the recurrence down to there. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 10; z += 1) shift -= Math.log(z);
  const w = 1 / (z * z);
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / z;
  return shift + (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series;
}
