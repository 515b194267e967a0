import { at } from './at.ts';
import { fft } from './fft.ts';

/**
 * Autocorrelation at the lags 0..maxLag of values whose mean is zero (a missing value is 0), by the Wiener-Khinchin
 * theorem in n log n. Each lag is corrected for the number of its pairs, so that a lasting season keeps its height;
 * `maxLag` should stay below the length. All zero when the values are.
 */
export function autocorrelation(centred: Float64Array, maxLag: number): Float64Array {
  const n = centred.length;
  const real = new Float64Array(2 ** Math.ceil(Math.log2(n + maxLag + 1)));
  const imaginary = new Float64Array(real.length);
  real.set(centred);
  fft(real, imaginary);
  for (let k = 0; k < real.length; k++) {
    real[k] = at(real, k) ** 2 + at(imaginary, k) ** 2;
    imaginary[k] = 0;
  }
  fft(real, imaginary);
  const power = at(real, 0);
  return Float64Array.from({ length: maxLag + 1 }, (_, lag) =>
    power > 0 ? (at(real, lag) / power) * (n / (n - lag)) : 0,
  );
}
