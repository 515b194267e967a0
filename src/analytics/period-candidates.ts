import { at } from './at.ts';
import { fftOfReal } from './fft.ts';
import type { Spectrum } from './spectrum.ts';

const LINES = 16;
/** A line from so many backgrounds on may be the n-th harmonic of a season. */
const MIN_LINE = 5;
const HARMONICS = 8;
const PEAKS = 20;
/** A single line of a smooth season must not drown the many lines of a short job. */
const HIGHEST_LINE = 50;

interface Peak {
  readonly position: number;
  readonly height: number;
}

/**
 * Periods in steps, 2..longest, that are worth a look: what the strongest lines may be the lowest harmonics of, and the
 * highest peaks of the autocorrelation without its background. The two find each other's misses: lines a smooth season,
 * the autocorrelation one of many harmonics. After Vlachos, Yu & Castelli (2005), On periodicity detection and structural
 * periodic similarity.
 */
export function periodCandidates(spectrum: Spectrum, longest: number): Set<number> {
  const periods = new Set<number>();
  for (const { position } of highestPeaks(spectrum.ratio, spectrum.ratio.length - 2, MIN_LINE).slice(0, LINES)) {
    for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) {
      const period = (harmonic * spectrum.size) / topOf(spectrum.ratio, position);
      periods.add(Math.floor(period)).add(Math.ceil(period));
    }
  }
  const correlation = whiteAutocorrelation(spectrum);
  for (const { position } of highestPeaks(correlation, longest, 0).slice(0, PEAKS)) periods.add(position);
  return new Set([...periods].filter((period) => period >= 2 && period <= longest));
}

function highestPeaks(values: Float64Array, last: number, above: number): Peak[] {
  const peaks: Peak[] = [];
  for (let position = 2; position <= last; position++) {
    const height = at(values, position);
    if (height <= above || height < at(values, position - 1) || height <= at(values, position + 1)) continue;
    peaks.push({ position, height });
  }
  return peaks.sort((a, b) => b.height - a.height);
}

/** Where the parabola through the logarithms of a peak and its neighbours has its top. */
function topOf(values: Float64Array, peak: number): number {
  const [left, middle, right] = [peak - 1, peak, peak + 1].map((k) => Math.log(Math.max(1e-9, at(values, k))));
  if (left === undefined || middle === undefined || right === undefined) return peak;
  const bend = left - 2 * middle + right;
  return bend < 0 ? peak + Math.min(0.5, Math.max(-0.5, (left - right) / (2 * bend))) : peak;
}

/** By the Wiener-Khinchin theorem, of the spectrum in backgrounds; unscaled. */
function whiteAutocorrelation({ size, ratio }: Spectrum): Float64Array {
  const white = new Float64Array(size);
  for (let k = 1; k < ratio.length; k++) {
    white[k] = Math.min(HIGHEST_LINE, Math.max(0, at(ratio, k)));
    white[size - k] = at(white, k);
  }
  return fftOfReal(white).real;
}
