import { at } from './at.ts';
import { firstFinite, lastFinite } from './finite-ends.ts';
import { denormalize, normalize } from './normalize.ts';
import { sortedFinite } from './order-statistics.ts';
import { type Crossing, findCrossing } from './trend/crossing.ts';
import { learnable } from './trend/level-after.ts';
import { type Outlook, seasonOf } from './trend/outlook.ts';
import { findRegime, type Regime, type SawTooth, steadyRegime } from './trend/regime.ts';
import { findSoonest } from './trend/soonest.ts';
import { forecastTrend } from './trend/trend-forecast.ts';
import {
  type Bounds,
  requireBounds,
  requireHorizon,
  requireIndex,
  requireKnown,
  requireLength,
  requireLevel,
  requireOneOf,
  requirePeriods,
  requireRanges,
  requireStep,
  requireThreshold,
  requireValues,
} from './validate.ts';
import { type StepRange, withoutSteps } from './without-steps.ts';

export interface ThresholdOptions {
  /** In the unit of the values, finite. */
  readonly threshold: number;
  /** On which side of the threshold it is reached; `above` (default) when the value rises to it. */
  readonly direction?: 'above' | 'below' | undefined;
  /** Steps to look ahead: a whole number, 1..10,000. Less is looked at where the history is shorter than that. */
  readonly horizon: number;
  /** Length of a step in milliseconds, > 0; makes a day known as the likely season. */
  readonly stepMs?: number | undefined;
  /** Seasonal periods in steps; the first that fits in three times is used. A day or what is found when left out. */
  readonly periods?: readonly number[] | undefined;
  /** Limits of the metric in its unit; a threshold beyond them is never reached. */
  readonly bounds?: Bounds | undefined;
  /** Steps that are left out, such as maintenance or a past incident. */
  readonly exclude?: readonly StepRange[] | undefined;
  /**
   * The step with which the present level begins, a whole number, where the caller knows of a change so late that the
   * steps do not show it; what came before tells the growth alone.
   */
  readonly levelSince?: number | undefined;
  /** Probability of lying between `earliest` and `latest`, above 0 and below 1; 0.8 when left out. */
  readonly level?: number | undefined;
}

/**
 * Why nothing, or no more, is predicted:
 * - `too-short`: fewer than six blocks (days, or fortieths of the history) to learn from, maybe since the last shift;
 * - `not-approaching`: no trend towards the threshold that could be told from chance, or one away from it;
 * - `saw-tooth`: falls back again and again, from below the threshold;
 * - `too-noisy`: the interval is wider than all the way from the lowest value seen to the threshold;
 * - `beyond-history`: the trend reaches it, but later than the history is long, which is as far as is predicted.
 */
export type NoPrediction = 'too-short' | 'not-approaching' | 'saw-tooth' | 'too-noisy' | 'beyond-history';

export interface TimeToThreshold {
  /**
   * Whole steps after the end of the series (1 = the first one), 0 when it is there already; null = not within `horizon`.
   * The first step at which the upper end of the interval, the expected value and the lower end of the interval are
   * beyond the threshold (ends swapped for `below`).
   */
  readonly earliest: number | null;
  readonly likely: number | null;
  readonly latest: number | null;
  /** Whether the last value is beyond the threshold. */
  readonly alreadyBeyond: boolean;
  /** Of the expected level being beyond at some step within `horizon`, 0..1: the highest of any single step. */
  readonly probability: number;
  /** Why there is no `likely`; null when there is one, or when nothing speaks against "not within the horizon". */
  readonly reason: NoPrediction | null;
  /** Steps that were looked at. */
  readonly horizon: number;
  /** The last sudden change of level, after which the history counts: index into the series, and how far it went. */
  readonly shift: { readonly index: number; readonly size: number } | null;
  /**
   * Whether the last value, which alone is of another level, is taken for an odd reading (`odd`) or for a new level that
   * may be one (`doubtful`); null when nothing speaks against it.
   */
  readonly lastValue: 'odd' | 'doubtful' | null;
  /** Falls again and again: how often, how many steps apart mostly, and from which level. */
  readonly resets: { readonly count: number; readonly period: number; readonly peak: number } | null;
  /** The forecast behind it; null when there is none. */
  readonly forecast: ThresholdForecast | null;
}

export interface ThresholdForecast {
  /** `trend`, `recent-trend`, `curved-trend` or `flat`; `tops` where the tops of a saw-tooth are continued. */
  readonly model: string;
  /** Expected value and its interval at the last step that was looked at, in the series' unit. */
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
  /** Change a step. */
  readonly slope: number;
  /** Mean absolute error in a rolling-origin backtest and that of staying flat, in the series' unit; null without one. */
  readonly backtest: { readonly error: number; readonly baselineError: number; readonly n: number } | null;
}

const DEFAULT_LEVEL = 0.8;

/**
 * When a series reaches a threshold: earliest, likely and latest.
 *
 * A robust trend through the medians of days (or of fortieths of the history where it has no season), from the last
 * lasting change of level on, with the usual daily shape upon it: a disk that fills crosses with its trend, memory that
 * peaks each noon at its peak. The trend is chosen by a rolling-origin backtest, its interval is made of the scatter and
 * the wandering of the blocks and of how sure the slope is, all growing with the distance, and scaled by the backtest.
 * Not looked at is more than the history is long. A saw-tooth is not continued from one of its ramps: its tops are.
 * After a sudden change of level, growth goes on from the new one. Where the last value alone is of it, it may be an odd
 * reading: earliest and latest then hold for both.
 *
 * `values`: at most 200,000 steps, NaN = missing. Throws `invalid_argument` when no value is finite or an option is out
 * of range.
 */
export function timeToThreshold(values: Float64Array, o: ThresholdOptions): TimeToThreshold {
  requireOptions(values, o);
  const side = o.direction === 'below' ? -1 : 1;
  const { values: normalized, unit, finite } = normalize(withoutSteps(values, o.exclude ?? []));
  requireValues(finite, 1, 'a time to a threshold');
  const first = firstFinite(normalized).index;
  const last = lastFinite(normalized).index;
  const known = normalized.subarray(first, last + 1).map((value) => side * value);
  const threshold = (side * o.threshold) / unit;
  if (at(known, known.length - 1) >= threshold) return beyondAlready(o.horizon);
  const season = isConstant(known) ? 1 : seasonOf(known, o);
  const levelSince = o.levelSince === undefined ? undefined : o.levelSince - first;
  const result = answer({ known, season, threshold, gap: values.length - 1 - last, o }, levelSince);
  return inCallersUnit(result, { side, unit, first });
}

interface Question {
  /** Rising towards `threshold`, from the first finite value to the last one. */
  readonly known: Float64Array;
  readonly threshold: number;
  readonly season: number;
  /** Steps of the series after the last value. */
  readonly gap: number;
  readonly o: ThresholdOptions;
}

function answer(question: Question, levelSince?: number): TimeToThreshold {
  const { known, season, gap } = question;
  const regime = isConstant(known) ? steadyRegime : findRegime(known, season, levelSince);
  const found = ahead(question, regime);
  if (regime.ifOdd === null) return found;
  const kept = known.subarray(0, lastFinite(known.subarray(0, -1)).index + 1);
  const without = { ...question, known: kept, gap: gap + known.length - kept.length };
  return eitherOf(found, ahead(without, regime.ifOdd.regime), regime.ifOdd.isLikely);
}

/** With the last value as the new level, and as an odd reading: what is likelier, between the ends of both. */
function eitherOf(lasting: TimeToThreshold, odd: TimeToThreshold, isLikelyOdd: boolean): TimeToThreshold {
  const likelier = isLikelyOdd ? odd : lasting;
  const horizon = Math.min(lasting.horizon, odd.horizon);
  const sooner = Math.min(lasting.earliest ?? Number.POSITIVE_INFINITY, odd.earliest ?? Number.POSITIVE_INFINITY);
  const isOpen = likelier.likely === null || lasting.latest === null || odd.latest === null;
  return {
    ...likelier,
    lastValue: isLikelyOdd ? 'odd' : 'doubtful',
    earliest: sooner <= horizon ? sooner : likelier.earliest,
    probability: (lasting.probability + odd.probability) / 2,
    latest: isOpen ? null : Math.max(Number(lasting.latest), Number(odd.latest)),
  };
}

function ahead(question: Question, regime: Regime): TimeToThreshold {
  const { known, season, gap, o } = question;
  if (regime.sawTooth !== null) return aheadOfTeeth(question, regime.sawTooth);
  const { values: part, doubt: lessSure } = learnable(known, regime, season);
  const horizon = Math.min(o.horizon, part.length);
  const level = o.level ?? DEFAULT_LEVEL;
  const nothing = { ...nothingSaid(horizon), shift: regime.shift };
  const range = { from: gap + 1, to: gap + horizon };
  const found = findSoonest(part, { ...range, season, threshold: question.threshold, level, doubt: lessSure });
  if (found === null) return { ...nothing, reason: 'too-short' };
  const { outlook, lastStep } = found;
  const crossing = reachable(question) ? found.crossing : nothing;
  const forecast = describe(outlook, lastStep);
  const reason = doubt(question, { part, outlook, crossing });
  if (reason === 'too-noisy') return { ...nothing, reason, forecast };
  return { ...nothing, ...sinceEnd(crossing, gap), reason, forecast };
}

/** A saw-tooth reaches the threshold where its tops do. */
function aheadOfTeeth({ known, threshold, gap, o }: Question, teeth: SawTooth): TimeToThreshold {
  const { drops, peaks, period, slope } = teeth;
  const horizon = Math.min(o.horizon, known.length);
  const tops = sortedFinite(peaks.subarray(-MAX_TOPS));
  const usualTop = at(tops, tops.length >> 1);
  const nothing = {
    ...nothingSaid(horizon),
    resets: { count: drops.length, period, peak: usualTop },
    probability: tops.filter((top) => top >= threshold).length / tops.length,
  };
  const rise = threshold - at(known, known.length - 1);
  const within = (perStep: number) => {
    const steps = Math.max(1, Math.ceil(rise / perStep) - gap);
    return perStep > 0 && steps <= horizon ? steps : null;
  };
  const reachesIt = {
    earliest: within(slope.most * (1 + UNSTEADY)),
    likely: within(slope.median),
    latest: within(slope.least * (1 - UNSTEADY)),
  };
  if (usualTop >= threshold) return { ...nothing, ...reachesIt };
  if (at(tops, tops.length - 1) >= threshold) return { ...nothing, earliest: reachesIt.earliest, reason: 'saw-tooth' };
  const since = known.length - (drops.at(-1)?.index ?? 0) + gap;
  const soonest = reachesIt.earliest ?? horizon + 1;
  return growingTops(teeth, { threshold, since, soonest, horizon, level: o.level ?? DEFAULT_LEVEL, nothing });
}

/** No ramp is steadier than this share of itself. */
const UNSTEADY = 0.08;
/** Tops are looked back at so far. */
const MAX_TOPS = 12;
const MIN_TOPS = 6;

interface TopsQuestion {
  readonly threshold: number;
  /** Steps since the last drop. */
  readonly since: number;
  /** The step at which the steepest of the ramps would come there from the last value; beyond the horizon: not in it. */
  readonly soonest: number;
  readonly horizon: number;
  readonly level: number;
  /** The answer where the tops say nothing. */
  readonly nothing: TimeToThreshold;
}

function growingTops({ peaks, period }: SawTooth, o: TopsQuestion): TimeToThreshold {
  if (peaks.length < MIN_TOPS) return { ...o.nothing, reason: 'saw-tooth' };
  const cycles = Math.ceil(o.horizon / period);
  const trend = forecastTrend(peaks, { horizon: cycles, level: o.level });
  const outlook: Outlook = { trend, size: period, ahead: (top) => top, shape: () => 0 };
  const { earliest, likely, latest, probability } = findCrossing(outlook, o.threshold, {
    from: 1,
    to: cycles,
  });
  const steps = (top: number | null) => {
    const step = top === null ? Number.NaN : Math.max(1, Math.round(top * period - o.since));
    return step <= o.horizon ? step : null;
  };
  // On the way to the top, so after the drop before it, and no faster than any ramp was.
  const afterDrop = steps(earliest && earliest - 1) ?? Number.POSITIVE_INFINITY;
  const soonest = Math.min(Math.max(afterDrop, o.soonest), steps(likely) ?? Number.POSITIVE_INFINITY);
  return {
    ...o.nothing,
    earliest: soonest <= o.horizon ? soonest : null,
    likely: steps(likely),
    latest: steps(latest),
    probability,
    reason: steps(likely) === null ? 'saw-tooth' : null,
    forecast: { ...describe(outlook, cycles), model: 'tops' },
  };
}

/** Why a crossing is not, or not fully, to be told. */
function doubt(
  { threshold, o }: Question,
  { part, outlook, crossing }: { part: Float64Array; outlook: Outlook; crossing: Crossing },
): NoPrediction | null {
  const { trend } = outlook;
  const horizon = Math.min(o.horizon, part.length);
  if (crossing.earliest !== null) {
    const lowest = at(sortedFinite(part), 0);
    const width = 2 * trend.halfWidth(outlook.ahead(crossing.likely ?? crossing.earliest));
    if (width > threshold - lowest) return 'too-noisy';
  }
  if (crossing.likely !== null) return null;
  if (trend.slope <= 0) return crossing.earliest === null ? 'not-approaching' : null;
  if (horizon === o.horizon) return null;
  return trend.mean(outlook.ahead(o.horizon)) >= threshold ? 'beyond-history' : null;
}

/** A bound of the metric may lie before the threshold. */
function reachable({ o }: Question): boolean {
  return o.direction === 'below'
    ? o.threshold >= (o.bounds?.lower ?? Number.NEGATIVE_INFINITY)
    : o.threshold <= (o.bounds?.upper ?? Number.POSITIVE_INFINITY);
}

function sinceEnd({ earliest, likely, latest, probability }: Crossing, gap: number): Crossing {
  const steps = (step: number | null) => (step === null ? null : step - gap);
  return { earliest: steps(earliest), likely: steps(likely), latest: steps(latest), probability };
}

function describe({ trend, size, ahead, shape }: Outlook, step: number): ThresholdForecast {
  const mean = trend.mean(ahead(step)) + shape(step);
  const half = trend.halfWidth(ahead(step));
  return {
    model: trend.model,
    mean,
    lower: mean - half,
    upper: mean + half,
    slope: trend.slope / size,
    backtest: trend.backtest,
  };
}

function nothingSaid(horizon: number): TimeToThreshold {
  return {
    earliest: null,
    likely: null,
    latest: null,
    alreadyBeyond: false,
    probability: 0,
    reason: null,
    horizon,
    shift: null,
    lastValue: null,
    resets: null,
    forecast: null,
  };
}

function beyondAlready(horizon: number): TimeToThreshold {
  return { ...nothingSaid(horizon), earliest: 0, likely: 0, latest: 0, alreadyBeyond: true, probability: 1 };
}

function inCallersUnit(
  result: TimeToThreshold,
  { side, unit, first }: { side: number; unit: number; first: number },
): TimeToThreshold {
  const value = (number: number) => denormalize(side * number, unit);
  const { forecast, shift, resets } = result;
  return {
    ...result,
    shift: shift && { index: shift.index + first, size: value(shift.size) },
    resets: resets && { ...resets, peak: value(resets.peak) },
    forecast: forecast && {
      model: forecast.model,
      mean: value(forecast.mean),
      lower: value(side > 0 ? forecast.lower : forecast.upper),
      upper: value(side > 0 ? forecast.upper : forecast.lower),
      slope: value(forecast.slope),
      backtest: forecast.backtest && {
        error: denormalize(forecast.backtest.error, unit),
        baselineError: denormalize(forecast.backtest.baselineError, unit),
        n: forecast.backtest.n,
      },
    },
  };
}

function isConstant(values: Float64Array): boolean {
  const first = at(values, 0);
  return values.every((value) => value === first || Number.isNaN(value));
}

const OPTIONS = [
  'threshold',
  'direction',
  'horizon',
  'stepMs',
  'periods',
  'bounds',
  'exclude',
  'levelSince',
  'level',
] as const satisfies readonly (keyof ThresholdOptions)[];

function requireOptions(values: Float64Array, o: ThresholdOptions): void {
  requireLength(values);
  requireKnown(o, OPTIONS);
  requireThreshold(o.threshold);
  requireOneOf('direction', o.direction, ['above', 'below']);
  requireHorizon(o.horizon);
  requireStep(o.stepMs);
  requirePeriods(o.periods);
  requireBounds(o.bounds);
  requireRanges(o.exclude);
  requireIndex('levelSince', o.levelSince, values.length);
  requireLevel(o.level);
}
