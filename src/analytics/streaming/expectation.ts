import { C, CANDIDATES, D, DAY_BINS, F, type Slot, WEEK_BINS } from './layout.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Values over which the short and the long mean, and the level above a profile, are taken. */
const SHORT_VALUES = 4;
const LONG_VALUES = 200;
/** Values over which a candidate's error is judged. */
const ERROR_VALUES = 500;
/** A later candidate is taken when its error is below this share of an earlier one's. */
const CLEARLY_BETTER = 0.97;
/** A profile is trusted where it has seen as many values. */
const MIN_IN_BIN = 2;
/** A bin's mean is taken over at least as many values, and over this share of those of one visit. */
const BIN_VALUES = 1 / 0.3;
const SHARE_OF_VISIT = 0.55;
/** Of so many values at a visit the bin keeps the mean whatever comes. */
const MAX_VISIT = 10_000;
const MAX_COUNT = 255;

/** An hour of the week has something of its own when its mean is this many mean errors from what is expected, */
const CLEARLY_ELSEWHERE = 4;
/** as it was there at so many past visits. */
const MIN_VISITS = 2;

/** The candidates in the order in which they are preferred. */
const LONG_MEAN = 0;
const SHORT_MEAN = 1;
const DAY = 2;
const DAY_ON_LEVEL = 3;
const WEEK_ON_LEVEL = 4;
const WEEK = 5;

/** What was expected of a value before it came, in multiples of the unit. */
export interface Expectation {
  expected: number;
  /** As `expected`, but of the long mean, the day's and the week's profile alone, which do not follow a new level. */
  season: number;
  /** Mean absolute error of what `expected` came from. */
  error: number;
  readonly candidates: Float64Array;
  dayBin: number;
  weekBin: number;
}

export function createExpectation(): Expectation {
  return { expected: 0, season: 0, error: 0, candidates: new Float64Array(CANDIDATES), dayBin: 0, weekBin: 0 };
}

/**
 * Writes into `e` what is expected at a local time (milliseconds since a Monday, 00:00): whichever of six simple predictors erred least lately.
 * They are a long and a short mean, and the mean at this half hour of the day and at this hour of the week, each
 * as it is and on the present level.
 */
export function expect(slot: Slot, localMs: number, e: Expectation): void {
  const { d, f, c, dAt, fAt, cAt } = slot;
  e.dayBin = Math.floor(modulo(localMs, DAY_MS) / (DAY_MS / DAY_BINS));
  e.weekBin = Math.floor(modulo(localMs, WEEK_MS) / (WEEK_MS / WEEK_BINS));
  const inDay = c[cAt + C.day + e.dayBin] ?? 0;
  const inWeek = c[cAt + C.week + e.weekBin] ?? 0;
  const long = d[dAt + D.longMean] ?? 0;
  const day = inDay > 0 ? (f[fAt + F.day + e.dayBin] ?? 0) : long;
  const week = inWeek > 0 ? (f[fAt + F.week + e.weekBin] ?? 0) : day;
  const { candidates } = e;
  candidates[LONG_MEAN] = long;
  candidates[SHORT_MEAN] = d[dAt + D.shortMean] ?? 0;
  candidates[DAY] = day;
  // At the first value after a gap the level is what it is.
  const isKnown = (d[dAt + D.sinceGap] ?? 0) > 0;
  candidates[DAY_ON_LEVEL] = isKnown ? day + (d[dAt + D.aboveDay] ?? 0) : long;
  candidates[WEEK_ON_LEVEL] = isKnown ? week + (d[dAt + D.aboveWeek] ?? 0) : long;
  candidates[WEEK] = week;
  let best = LONG_MEAN;
  let season = LONG_MEAN;
  const last = inDay < MIN_IN_BIN ? SHORT_MEAN : inWeek === 0 ? DAY_ON_LEVEL : WEEK;
  for (let i = 1; i <= last; i++) {
    const error = d[dAt + D.errors + i] ?? 0;
    if (error < CLEARLY_BETTER * (d[dAt + D.errors + best] ?? 0)) best = i;
    if ((i === DAY || i === WEEK) && error < CLEARLY_BETTER * (d[dAt + D.errors + season] ?? 0)) season = i;
  }
  e.expected = candidates[best] ?? 0;
  e.season = candidates[season] ?? 0;
  e.error = d[dAt + D.errors + best] ?? 0;
}

/**
 * How far a value is from what was expected, signed: 0 where it lies between that and what the same hour of the week, or
 * the one before or after it, has clearly seen at past visits. So what comes every Monday is known, even when it is no day's
 * best predictor, and may come a little earlier or last a little longer.
 */
export function residualOf({ f, c, fAt, cAt }: Slot, value: number, e: Expectation): number {
  let low = e.expected;
  let high = e.expected;
  for (let bin = e.weekBin + WEEK_BINS - 1; bin <= e.weekBin + WEEK_BINS + 1; bin++) {
    const mean = f[fAt + F.week + (bin % WEEK_BINS)] ?? 0;
    if ((c[cAt + C.week + (bin % WEEK_BINS)] ?? 0) < MIN_VISITS) continue;
    if (Math.abs(mean - e.expected) < CLEARLY_ELSEWHERE * e.error) continue;
    low = Math.min(low, mean);
    high = Math.max(high, mean);
  }
  return value - Math.max(low, Math.min(high, value));
}

/** Learns the value that came. `e`: what {@link expect} wrote. */
export function learnExpectation(slot: Slot, value: number, e: Expectation): void {
  const { d, f, c, dAt, fAt, cAt } = slot;
  const seen = (d[dAt + D.seen] ?? 0) + 1;
  const recent = (d[dAt + D.sinceGap] ?? 0) + 1;
  const gain = 1 / Math.min(seen, ERROR_VALUES);
  for (let i = 0; i < CANDIDATES; i++) follow(d, dAt + D.errors + i, Math.abs(value - (e.candidates[i] ?? 0)), gain);
  const short = 1 / Math.min(recent, SHORT_VALUES);
  follow(d, dAt + D.aboveDay, value - (e.candidates[DAY] ?? 0), short);
  follow(d, dAt + D.aboveWeek, value - (e.candidates[WEEK] ?? 0), short);
  follow(d, dAt + D.shortMean, value, short);
  follow(d, dAt + D.longMean, value, 1 / Math.min(recent, LONG_VALUES));
  const stepMs = d[dAt + D.stepMs] ?? 0;
  const inDay = count(c, cAt + C.day + e.dayBin);
  const ofDay = valuesInMean(DAY_MS / DAY_BINS / stepMs);
  learnBin(f, fAt + F.day + e.dayBin, value, inDay < MAX_COUNT ? Math.min(inDay, ofDay) : ofDay);
  const isFirst = enterWeekBin(slot, e.weekBin) && c[cAt + C.week + e.weekBin] === 0;
  learnBin(f, fAt + F.week + e.weekBin, value, isFirst ? 1 : valuesInMean(WEEK_MS / WEEK_BINS / stepMs));
}

/** Whether this hour of the week has just begun; the one before has then been there once more. */
function enterWeekBin({ d, c, dAt, cAt }: Slot, weekBin: number): boolean {
  const last = (d[dAt + D.weekBin] ?? 0) - 1;
  if (last === weekBin) return false;
  if (last >= 0) count(c, cAt + C.week + last);
  d[dAt + D.weekBin] = weekBin + 1;
  return true;
}

function learnBin(f: Float32Array, at: number, value: number, over: number): void {
  const mean = f[at] ?? 0;
  f[at] = mean + (value - mean) / over;
}

/** Over how many values the mean of a bin is taken that gets so many at each visit. */
function valuesInMean(ofVisit: number): number {
  return Math.max(BIN_VALUES, SHARE_OF_VISIT * Math.min(ofVisit, MAX_VISIT));
}

/** Counts one more, up to 255. */
export function count(c: Uint8Array, at: number): number {
  const seen = Math.min(MAX_COUNT, (c[at] ?? 0) + 1);
  c[at] = seen;
  return seen;
}

/** Moves a mean towards a value. */
export function follow(d: Float64Array, at: number, value: number, gain: number): void {
  const mean = d[at] ?? 0;
  d[at] = mean + gain * (value - mean);
}

function modulo(value: number, by: number): number {
  return value - by * Math.floor(value / by);
}
