import { at } from './at.ts';

/**
 * Discrete Fourier transform in place, forward (exponent negative, unscaled). Both arrays have the same length, a power
 * of two. Iterative radix 2 after Cooley & Tukey (1965).
 */
export function fft(real: Float64Array, imaginary: Float64Array): void {
  reverseBits(real, imaginary);
  const n = real.length;
  const cosines = Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / n));
  const sines = Float64Array.from({ length: n / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / n));
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const stride = n / size;
    for (let start = 0; start < n; start += size) {
      for (let k = 0; k < half; k++) {
        const c = at(cosines, k * stride);
        const s = at(sines, k * stride);
        const i = start + k;
        const j = i + half;
        const re = at(real, j) * c - at(imaginary, j) * s;
        const im = at(real, j) * s + at(imaginary, j) * c;
        real[j] = at(real, i) - re;
        imaginary[j] = at(imaginary, i) - im;
        real[i] = at(real, i) + re;
        imaginary[i] = at(imaginary, i) + im;
      }
    }
  }
}

function reverseBits(real: Float64Array, imaginary: Float64Array): void {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      swap(real, i, j);
      swap(imaginary, i, j);
    }
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const kept = at(values, i);
  values[i] = at(values, j);
  values[j] = kept;
}
