import { at } from './at.ts';

/**
 * Discrete Fourier transform (exponent negative, unscaled) of real values at the bins 0..length/2. The length is a power
 * of two, at least four. Even and odd steps are the real and imaginary part of one transform of half the length.
 */
export function fftOfReal(values: Float64Array): { real: Float64Array; imaginary: Float64Array } {
  const half = values.length / 2;
  const even = new Float64Array(half);
  const odd = new Float64Array(half);
  for (let i = 0; i < half; i++) {
    even[i] = at(values, 2 * i);
    odd[i] = at(values, 2 * i + 1);
  }
  const turn = halfTurn(half);
  transform(even, odd, turn);
  const { cosines, sines } = turn;
  const real = new Float64Array(half + 1);
  const imaginary = new Float64Array(half + 1);
  real[0] = at(even, 0) + at(odd, 0);
  real[half] = at(even, 0) - at(odd, 0);
  for (let k = 1; k < half; k++) {
    const evenReal = (at(even, k) + at(even, half - k)) / 2;
    const evenImaginary = (at(odd, k) - at(odd, half - k)) / 2;
    const oddReal = (at(odd, k) + at(odd, half - k)) / 2;
    const oddImaginary = (at(even, half - k) - at(even, k)) / 2;
    real[k] = evenReal + at(cosines, k) * oddReal - at(sines, k) * oddImaginary;
    imaginary[k] = evenImaginary + at(cosines, k) * oddImaginary + at(sines, k) * oddReal;
  }
  return { real, imaginary };
}

interface HalfTurn {
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
}

/** Cosines and negative sines of the `steps` equal parts of half a turn. */
function halfTurn(steps: number): HalfTurn {
  const cosines = new Float64Array(steps);
  const sines = new Float64Array(steps);
  for (let k = 0; k < steps; k++) {
    cosines[k] = Math.cos((Math.PI * k) / steps);
    sines[k] = -Math.sin((Math.PI * k) / steps);
  }
  return { cosines, sines };
}

/**
 * In place; both arrays have the same length, a power of two, and the turn at least half as many parts. Iterative radix 2
 * after Cooley & Tukey (1965).
 */
function transform(real: Float64Array, imaginary: Float64Array, { cosines, sines }: HalfTurn): void {
  reverseBits(real, imaginary);
  const n = real.length;
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const stride = (2 * cosines.length) / size;
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
