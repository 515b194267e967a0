import { at } from './at.ts';
import { fftOfReal } from './fft.ts';
import { fitLogBackground } from './spectral-background.ts';

/** Cycles in the whole series on either side of a line of a known season that may still be of it. */
const REMOVED_CYCLES = 1.5;
/** The transform is at least so many times as long as the series: a line between two bins still shows. */
const PADDING = 1.25;
/** The background is at least what white noise of this share of the variance has. */
const LEAST_NOISE = 0.05;

/** The periodogram of a series, with what noise alone would have at each frequency. */
export interface Spectrum {
  /** Number of transformed steps, a power of two: bin `k` is the frequency `k / size` a step, `k` at most half of it. */
  readonly size: number;
  /** Bins from a whole number of cycles in the series to the next one. */
  readonly binsPerCycle: number;
  readonly power: Float64Array;
  readonly background: Float64Array;
  /** `power / background`: exponential with mean 1 where there is noise only; -1 where a known season was. */
  readonly ratio: Float64Array;
  /** Power of the series before any season was removed, summed over the bins. */
  readonly total: number;
}

export interface Removed {
  /** Seasons that the series does not have any more, in steps. */
  readonly periods: readonly number[];
  /** `total` of the series that still had them. */
  readonly total: number;
}

/** The bin of the `harmonic`-th multiple of the frequency of a period of so many steps. */
export function binOf(spectrum: Spectrum, period: number, harmonic: number): number {
  return Math.round((harmonic * spectrum.size) / period);
}

/**
 * `values`: mean zero, NaN = missing. The background follows the spectrum's own shape, so that a random walk, steps and
 * noise with memory have no line above it. n log n.
 */
export function spectrumOf(values: Float64Array, removed?: Removed): Spectrum {
  const size = 2 ** Math.max(2, Math.ceil(Math.log2(PADDING * values.length)));
  const binsPerCycle = size / values.length;
  const power = powerOf(values, size);
  const total = removed?.total ?? power.reduce((a, b) => a + b, 0);
  const known = binsOf(removed?.periods ?? [], { size, reach: REMOVED_CYCLES * binsPerCycle });
  const holes = binsOf(removed?.periods ?? [], { size, reach: 0.9 * binsPerCycle });
  const floor = (LEAST_NOISE * total) / power.length;
  const background = fitLogBackground(power, { binsPerCycle, holes, floor });
  const ratio = power.map((p, k) => (known[k] === 1 ? -1 : p / at(background, k)));
  return { size, binsPerCycle, power, background, ratio, total };
}

function powerOf(values: Float64Array, size: number): Float64Array {
  const padded = new Float64Array(size);
  for (let i = 0; i < values.length; i++) padded[i] = at(values, i) || 0;
  const { real, imaginary } = fftOfReal(padded);
  const power = new Float64Array(real.length);
  for (let k = 1; k < power.length; k++) power[k] = at(real, k) * at(real, k) + at(imaginary, k) * at(imaginary, k);
  return power;
}

/** 1 in each bin within `reach` bins of a multiple of a period's frequency. */
function binsOf(periods: readonly number[], { size, reach }: { size: number; reach: number }): Uint8Array {
  const bins = new Uint8Array(size / 2 + 1);
  for (const period of periods) {
    for (let harmonic = 1; harmonic <= period / 2; harmonic++) {
      const line = (harmonic * size) / period;
      bins.fill(1, Math.max(1, Math.ceil(line - reach)), Math.floor(line + reach) + 1);
    }
  }
  return bins;
}
