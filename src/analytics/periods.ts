import { type Comb, combOf, shareOf } from './harmonic-comb.ts';
import { removeLevelJumps } from './level-jumps.ts';
import { nestedPeriod } from './nested-period.ts';
import { normalize } from './normalize.ts';
import { periodCandidates } from './period-candidates.ts';
import { explainedByPhase, removePhaseMeans } from './phase-fold.ts';
import { type Spectrum, spectrumOf } from './spectrum.ts';
import { removeTrend } from './trendless.ts';
import { requireLength, requireStep } from './validate.ts';

const HOUR_MS = 3_600_000;
const CALENDAR_MS = [HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS] as const;
const MIN_CYCLES = 3;
/** A day that is expected anyway need not be seen as often. */
const MIN_CYCLES_CALENDAR = 2;
const MAX_PERIODS = 3;
/** Natural logarithm of how unlikely a period by chance must be; so many more are looked at as the series has steps. */
const MIN_EVIDENCE = 8;
const MIN_EVIDENCE_CALENDAR = 7;
/** A season explains at least this part of the variance. */
const MIN_SHARE = 0.02;
/** Periods closer than this share are the same one. */
const SAME_PERIOD = 0.03;
/** A calendar period that fits nearly as well as another one that the data cannot tell from it is preferred. */
const FITS_AS_WELL = 0.7;
/** Periods are told apart when a series holds this part of a cycle more of the shorter one, 1 / RESOLVED. */
const RESOLVED = 8;
/** Parts of a cycle that its shape is told in, at most, when periods a few steps apart are compared. */
const MAX_BINS = 128;
const MAX_TRIALS = 60;
/** Parts of a period that are tried, and standard deviations of a chi-square by which cycles differ more than by noise. */
const PARTS = [2, 3] as const;
const DIFFERING = 4;

/**
 * The seasonal periods of a series, in steps, ascending, at most three, each with three full cycles in the data.
 *
 * Level jumps, the trend and outliers are tamed first. A period is one whose frequency and multiples have far more power
 * than the noise around them (see `combOf`), whatever the colour of the noise; it is taken out of the series, and what
 * is left is searched again. A harmonic or a multiple of a season is not reported, a season within a season is: days in
 * a week. `stepMs` (> 0) makes an hour, a day and a week more likely, and two cycles enough for them.
 *
 * `values`: at most 200,000, NaN or infinite = missing; empty, constant and all missing have no period. The unit and an
 * offset do not matter. Takes n log n. Throws `invalid_argument` for more values, or a `stepMs` out of range.
 */
export function findPeriods(values: Float64Array, stepMs?: number): number[] {
  requireLength(values);
  requireStep(stepMs);
  const calendar = calendarPeriods(stepMs).filter((period) => MIN_CYCLES_CALENDAR * period <= values.length);
  const { values: normalized } = normalize(values);
  const steady = removeLevelJumps(normalized);
  const periods = findAll(steady, calendar);
  // In few cycles the jumps may be the season's own.
  return periods.length > 0 || steady === normalized ? periods : findAll(normalized, calendar);
}

function findAll(values: Float64Array, calendar: readonly number[]): number[] {
  const trendless = removeTrend(values);
  if (trendless === null) return [];
  const periods: number[] = [];
  let rest = trendless;
  let spectrum = spectrumOf(rest);
  for (;;) {
    const strongest = strongestPeriod(rest, spectrum, calendar);
    const found = strongest === undefined ? undefined : nearestMultiple(strongest, periods, values.length);
    if (found === undefined || periods.some((p) => isSame(p, found))) break;
    periods.push(found);
    if (periods.length === MAX_PERIODS) break;
    rest = removePhaseMeans(rest, found);
    spectrum = spectrumOf(rest, { periods, total: spectrum.total });
  }
  return periods.sort((a, b) => a - b);
}

/** Steps in an hour, a day and a week, where those are whole numbers of at least two steps. */
export function calendarPeriods(stepMs: number | undefined): number[] {
  if (stepMs === undefined) return [];
  return CALENDAR_MS.map((periodMs) => periodMs / stepMs).filter((period) => Number.isInteger(period) && period >= 2);
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME_PERIOD * Math.max(a, b);
}

/** A season of seasons has a whole number of them, where the series is too short to tell. */
function nearestMultiple(period: number, shorter: readonly number[], steps: number): number {
  const multiples = shorter.filter((p) => p < period).map((p) => ({ p, multiple: p * Math.round(period / p) }));
  const reach = period ** 2 / (RESOLVED * steps);
  return multiples.find(({ p, multiple }) => Math.abs(multiple - period) <= Math.min(reach, p / 4))?.multiple ?? period;
}

function strongestPeriod(values: Float64Array, spectrum: Spectrum, calendar: readonly number[]): number | undefined {
  const needed = MIN_EVIDENCE + Math.log(values.length);
  const longest = Math.floor(values.length / MIN_CYCLES);
  const combs = [
    ...calendar.map((period) => combOf(spectrum, period)).filter((comb) => comb.evidence > MIN_EVIDENCE_CALENDAR),
    ...[...periodCandidates(spectrum, longest)]
      .map((period) => combOf(spectrum, period))
      .filter((comb) => comb.evidence > needed),
  ];
  const best = combs.toSorted((a, b) => b.evidence - a.evidence).find((comb) => shareOf(spectrum, comb) >= MIN_SHARE);
  if (best === undefined) return undefined;
  const isLikely = (period: number) => calendar.some((c) => isSame(c, period));
  const nested = nestedPeriod(spectrum, best.period, isLikely);
  const comb = nested === undefined ? best : combOf(spectrum, nested);
  const chosen = comb.evidence > needed ? comb : best;
  return nearestCalendar(chosen, spectrum, calendar) ?? withoutMultiple(values, sharpen(values, chosen));
}

/** The half or third of a period whose cycles do not differ by more than their noise: what is missing may look like that. */
function withoutMultiple(values: Float64Array, period: number): number {
  const total = values.reduce((sum, value) => (Number.isNaN(value) ? sum : sum + value * value), 0);
  const known = values.filter(Number.isFinite).length;
  const part = PARTS.find((parts) => {
    const shorter = period / parts;
    if (!Number.isInteger(shorter) || shorter < 2) return false;
    const bins = Math.min(MAX_BINS, shorter);
    const whole = explainedByPhase(values, period, parts * bins);
    const freedom = (parts - 1) * bins;
    const noise = (total - whole) / Math.max(1, known - parts * bins);
    const differing = (whole - explainedByPhase(values, shorter, bins)) / freedom;
    return differing <= noise * (1 + DIFFERING * Math.sqrt(2 / freedom));
  });
  return part === undefined ? period : period / part;
}

function nearestCalendar(comb: Comb, spectrum: Spectrum, calendar: readonly number[]): number | undefined {
  const steps = spectrum.size / spectrum.binsPerCycle;
  const resolution = comb.period ** 2 / (2 * steps);
  return (
    calendar.find((period) => isSame(period, comb.period)) ??
    calendar.find(
      (period) =>
        Math.abs(period - comb.period) <= resolution &&
        combOf(spectrum, period).evidence > FITS_AS_WELL * comb.evidence,
    )
  );
}

/** The whole number of steps near a period that explains most, by halving the distance to the next one tried. */
function sharpen(values: Float64Array, { period, harmonics }: Comb): number {
  const tried = new Map<number, number>();
  const explained = (p: number): number => {
    const known = tried.get(p) ?? explainedByPhase(values, p, MAX_BINS);
    tried.set(p, known);
    return known;
  };
  let best = period;
  let distance = Math.max(1, Math.round(period ** 2 / (4 * values.length * Math.sqrt(harmonics))));
  for (;;) {
    const better = [best - distance, best + distance]
      .filter((p) => p >= 2 && p * 2 <= values.length)
      .find((p) => explained(p) > explained(best));
    if (better !== undefined && tried.size < MAX_TRIALS) best = better;
    else if (distance === 1) return best;
    else distance >>= 1;
  }
}
