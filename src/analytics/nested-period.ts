import { at } from './at.ts';
import { lineAt } from './harmonic-comb.ts';
import { binOf, type Spectrum } from './spectrum.ts';

/** Halves and thirds of a period are its harmonics: a day with two peaks has no season of half a day. */
const MIN_PARTS = 4;
/** Days in a week, hours in a day and in a week: more likely seasons in a season than other parts. */
const LIKELY_PARTS: readonly number[] = [7, 24, 168];
const MIN_SHARE_LIKELY = 0.01;
const MIN_SHARE = 0.4;
/** How far the lines of a nested season stand above those on either side of them. */
const STANDS_OUT = 3;
/** A line counts from so many backgrounds on. */
const MIN_LINE = 5;
const MIN_LINES = 3;
/** A shorter period is preferred when it has this share of a longer one's power. */
const AS_STRONG = 0.8;

/**
 * The season within a season, as days in a week: the part of `period` (a fourth or less, whole steps) whose harmonics
 * stand out among the other harmonics of `period`, which has its own season beside it; undefined when there is none.
 * `likely` says which periods are so beforehand.
 */
export function nestedPeriod(
  spectrum: Spectrum,
  period: number,
  likely: (period: number) => boolean,
): number | undefined {
  const total = sumOf(period / 2, (harmonic) => lineAt(spectrum, period, harmonic));
  let best: { period: number; power: number } | undefined;
  for (let parts = MIN_PARTS; period / parts >= 2; parts++) {
    const nested = Math.round(period / parts);
    const { power, standsOut } = compareWithBeside(spectrum, period, parts);
    const minShare = LIKELY_PARTS.includes(parts) || likely(nested) ? MIN_SHARE_LIKELY : MIN_SHARE;
    if (!standsOut || power < minShare * total) continue;
    if (best === undefined || power > AS_STRONG * best.power) best = { period: nested, power };
  }
  return best?.period;
}

/** Every `parts`-th harmonic against the two beside it: in sum, or on the average of logarithms when there are some. */
function compareWithBeside(spectrum: Spectrum, period: number, parts: number) {
  let power = 0;
  let besides = 0;
  let logs = 0;
  let lines = 0;
  for (let harmonic = parts; harmonic <= period / 2; harmonic += parts) {
    const line = lineAt(spectrum, period, harmonic);
    const beside = (lineAt(spectrum, period, harmonic - 1) + lineAt(spectrum, period, harmonic + 1)) / 2;
    power += line;
    besides += beside;
    const noise = at(spectrum.background, binOf(spectrum, period, harmonic));
    if (Math.max(line, beside) < MIN_LINE * noise) continue;
    logs += Math.log((line + noise) / (beside + noise));
    lines++;
  }
  const standsOut = power >= STANDS_OUT * besides || (lines >= MIN_LINES && logs >= lines * Math.log(STANDS_OUT));
  return { power, standsOut };
}

function sumOf(last: number, of: (i: number) => number): number {
  let sum = 0;
  for (let i = 1; i <= last; i++) sum += of(i);
  return sum;
}
