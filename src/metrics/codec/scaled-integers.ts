import { integerLimit } from './integer-sequence.ts';

/** Decimals that are looked for; 4 bits hold the exponent. */
const maxExponent = 12;

/**
 * Writes into `integers` each of the first `n` values times the smallest power of ten that makes all of them whole, and
 * returns its exponent, 0..12, or -1 where there is none: then too many digits, too large, or a negative zero.
 * {@link scaleBack} yields the same values to the last bit.
 */
export function scaleToIntegers(values: Float64Array, n: number, integers: Float64Array): number {
  let exponent = 0;
  for (let i = 0; i < n; i++) {
    while (!isWholeTimes(values[i] ?? 0, 10 ** exponent)) if (++exponent > maxExponent) return -1;
  }
  const scale = 10 ** exponent;
  for (let i = 0; i < n; i++) {
    const value = values[i] ?? 0;
    if (!isWholeTimes(value, scale)) return -1;
    integers[i] = Math.round(value * scale);
  }
  return exponent;
}

/** Divides, in place: the quotient is correctly rounded, as the parser of the decimal text was; a product is not. */
export function scaleBack(values: Float64Array, at: number, n: number, exponent: number): void {
  if (exponent === 0) return;
  const scale = 10 ** exponent;
  for (let i = at; i < at + n; i++) values[i] = (values[i] ?? 0) / scale;
}

function isWholeTimes(value: number, scale: number): boolean {
  const scaled = Math.round(value * scale);
  if (scaled === 0) return value === 0 && 1 / value > 0;
  return scaled / scale === value && Math.abs(scaled) < integerLimit;
}
