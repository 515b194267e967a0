import { at } from './at.ts';
import { binOf, type Spectrum } from './spectrum.ts';

/** How surely a series has a period. */
export interface Comb {
  /** In steps. */
  readonly period: number;
  /** Natural logarithm of how unlikely noise alone has as much power at the harmonics; 0 = as likely as not. */
  readonly evidence: number;
  /** The lowest so many harmonics give the most evidence. */
  readonly harmonics: number;
}

/**
 * Sums the power at the multiples of the period's frequency, in backgrounds. Noise gives a gamma distributed sum, whose
 * tail Chernoff's bound gives; as many harmonics are summed as make it the least likely. A multiple of the true period
 * has no more power at more harmonics, a fraction of it misses some: both have less evidence. Harmonic summing, as in
 * searches for pulsars (Taylor & Huguenin 1969).
 */
export function combOf(spectrum: Spectrum, period: number): Comb {
  let sum = 0;
  let count = 0;
  let evidence = 0;
  let harmonics = 1;
  for (let harmonic = 1; harmonic <= period / 2; harmonic++) {
    const ratio = at(spectrum.ratio, binOf(spectrum, period, harmonic));
    if (ratio < 0) continue;
    sum += ratio;
    count++;
    if (sum <= count) continue;
    const unlikely = sum - count - count * Math.log(sum / count);
    if (unlikely <= evidence) continue;
    evidence = unlikely;
    harmonics = harmonic;
  }
  return { period, evidence, harmonics };
}

/** The part of the series' variance, 0..1, that is at the comb's harmonics and not in the background. */
export function shareOf(spectrum: Spectrum, { period, harmonics }: Comb): number {
  let sum = 0;
  for (let harmonic = 1; harmonic <= harmonics; harmonic++) sum += lineAt(spectrum, period, harmonic);
  return (sum * spectrum.binsPerCycle) / spectrum.total;
}

/** Power above the background at a harmonic; 0 where a known season was and outside of the spectrum. */
export function lineAt(spectrum: Spectrum, period: number, harmonic: number): number {
  const k = binOf(spectrum, period, harmonic);
  if (harmonic < 1 || harmonic > period / 2 || at(spectrum.ratio, k) < 0) return 0;
  return Math.max(0, at(spectrum.power, k) - at(spectrum.background, k));
}
