import { afterRefractory, expectUsualDay, grade, rawEvidence } from './alarm.ts';
import type { ToLocalMs } from './civil-time.ts';
import { type Evidence, memoryOf, usualResidual, weigh } from './evidence.ts';
import { createExpectation, type Expectation, expect, learnExpectation } from './expectation.ts';
import { CRUMB, D, type Slot } from './layout.ts';
import type { Learning } from './quantile-sketch.ts';

/** Values before which nothing is odd. */
const WARM_UP_VALUES = 48;
/** Steps without a value, and milliseconds, from which on it is a gap, after which levels are learned anew. */
const GAP_STEPS = 20;
const GAP_MS = 60_000;
/** Values whose time is not after the last one, in a row, from which on the clock is taken to have been wrong. */
const MAX_LATE = 5;
/** Steps over which the usual one is taken, and by how much a single one may pull it. */
const STEP_VALUES = 50;
const MAX_STEP_RATIO = 2;
/** A value further off than this, in multiples of the unit, counts as being this far. */
const FURTHEST = 1e15;
/** A value further off than as many mean errors is learned as being this far, so that one wild value poisons no mean. */
const FURTHEST_LEARNED = 30;
/** A series that only rose, this often, is a counter; when it falls below this share of itself it began anew. */
const COUNTER_RISES = 48;
const RESET_BELOW = 0.5;
/** Evidence that scores 0.5. */
const ODD_EVIDENCE = 17.3;
/** The tail outside of the band at sensitivity 0.5; ten times as much at 1, a tenth at 0. */
const OUTSIDE_BAND = 0.001;

/** What a detector says of one sample. Values are in the unit of the metric, NaN while nothing is known. */
export interface Verdict {
  /** 0..1, how odd, >= 0.5 = odd at sensitivity 0.5; 0 for what only repeats, or goes on after, what was told of. */
  score: number;
  /** 0..1, how odd the metric is at the time, whatever was told before; lasting deviations raise it gradually. */
  rawScore: number;
  /** What was expected of this sample before it came, and the band that nearly all samples lie in. */
  expected: number;
  lower: number;
  upper: number;
  /** Whether `score` reaches what the sensitivity asks for. */
  isAnomaly: boolean;
}

/** Scores a value, writes what it says into `verdict`, and learns from it. */
export type Scorer = (slot: Slot, timestampMs: number, value: number, verdict: Verdict) => void;

export interface ScorerOptions {
  readonly toLocalMs: ToLocalMs;
  readonly stepMs: number | undefined;
  readonly sensitivity: number;
}

/** Scores samples one by one: expects, weighs the evidence, grades it, learns. */
export function createScorer({ toLocalMs, stepMs, sensitivity }: ScorerOptions): Scorer {
  const expectation = createExpectation();
  const evidence: Evidence = { total: 0, isAbove: false, hourly: 1 };
  const learning: Learning = { seen: 0, memory: 0, phase: 0 };
  const threshold = 2 ** (1 - 2 * sensitivity) * ODD_EVIDENCE;
  const outside = OUTSIDE_BAND * 10 ** (2 * sensitivity - 1);

  return (slot, timestampMs, raw, verdict) => {
    const { d, dAt } = slot;
    setScores(verdict, 0, 0);
    verdict.isAnomaly = false;
    if (!Number.isFinite(raw) || isLate(slot, timestampMs)) return;
    const seen = d[dAt + D.seen] ?? 0;
    const passedMs = seen === 0 ? 0 : Math.max(0, timestampMs - (d[dAt + D.lastMs] ?? 0));
    if (seen === 0) begin(slot, raw, stepMs);
    else if (isGap(slot, passedMs, stepMs)) forgetLevel(slot);
    d[dAt + D.lastMs] = timestampMs;
    const value = toMultiples(slot, raw);
    if ((d[dAt + D.sinceGap] ?? 0) === 0) startLevel(slot, value);
    const localMs = toLocalMs(timestampMs);
    expect(slot, localMs, expectation);
    learning.seen = seen;
    learning.memory = memoryOf(seen, d[dAt + D.stepMs] ?? 0);
    learning.phase = phaseOf(slot);
    weigh(slot, value, localMs, expectation, learning, evidence);
    learnExpectation(slot, limitLearned(value, expectation), expectation);
    d[dAt + D.previous] = value;
    d[dAt + D.seen] = seen + 1;
    d[dAt + D.sinceGap] = (d[dAt + D.sinceGap] ?? 0) + 1;
    const isWarm = seen + 1 >= WARM_UP_VALUES;
    if (!isWarm) expectUsualDay(slot);
    const graded = grade(slot, isWarm ? evidence.total : 0, timestampMs, seen);
    const told = afterRefractory(slot, graded, evidence.isAbove, passedMs);
    setScores(verdict, toScore(told), toScore(rawEvidence(slot, graded, seen)));
    verdict.isAnomaly = told >= threshold;
    band(slot, expectation, evidence.hourly, verdict);
  };

  function band(slot: Slot, e: Expectation, hourly: number, verdict: Verdict): void {
    const { d, dAt } = slot;
    if ((d[dAt + D.seen] ?? 0) < WARM_UP_VALUES) return;
    const toUnit = (value: number) =>
      value / (d[dAt + D.multiple] || 1) + (d[dAt + D.reference] ?? 0) - (d[dAt + D.carried] ?? 0);
    verdict.expected = toUnit(e.expected);
    verdict.lower = toUnit(e.expected + Math.min(0, usualResidual(slot, outside, -1, hourly)));
    verdict.upper = toUnit(e.expected + Math.max(0, usualResidual(slot, outside, 1, hourly)));
  }
}

/** What the means learn of a value: one that is far off counts as less far. */
function limitLearned(value: number, { expected, error }: Expectation): number {
  if (error <= CRUMB) return value;
  return Math.max(expected - FURTHEST_LEARNED * error, Math.min(expected + FURTHEST_LEARNED * error, value));
}

function setScores(verdict: Verdict, score: number, rawScore: number): void {
  verdict.score = score;
  verdict.rawScore = rawScore;
  verdict.expected = Number.NaN;
  verdict.lower = Number.NaN;
  verdict.upper = Number.NaN;
}

function toScore(evidence: number): number {
  return (evidence * evidence) / (evidence * evidence + ODD_EVIDENCE * ODD_EVIDENCE);
}

/** Whether a value is to be left out as its time is not after that of the last one. */
function isLate({ d, dAt }: Slot, timestampMs: number): boolean {
  const isAfter = (d[dAt + D.seen] ?? 0) === 0 || timestampMs > (d[dAt + D.lastMs] ?? 0);
  const late = isAfter ? 0 : (d[dAt + D.late] ?? 0) + 1;
  d[dAt + D.late] = late > MAX_LATE ? 0 : late;
  return late > 0 && late <= MAX_LATE;
}

function begin({ d, dAt }: Slot, raw: number, stepMs: number | undefined): void {
  d[dAt + D.reference] = raw;
  d[dAt + D.multiple] = raw === 0 ? 0 : multipleOf(raw);
  d[dAt + D.stepMs] = stepMs ?? 0;
}

/** A power of two, so that nothing is lost. */
function multipleOf(raw: number): number {
  return 2 ** -Math.max(-1000, Math.min(1000, Math.floor(Math.log2(Math.abs(raw)))));
}

/** Whether more time passed than usual; learns what is usual. */
function isGap({ d, dAt }: Slot, passedMs: number, told: number | undefined): boolean {
  const usual = d[dAt + D.stepMs] || passedMs;
  if (told === undefined)
    d[dAt + D.stepMs] = usual + (Math.min(passedMs, MAX_STEP_RATIO * usual) - usual) / STEP_VALUES;
  return passedMs > Math.max(GAP_MS, GAP_STEPS * usual);
}

function forgetLevel({ d, dAt }: Slot): void {
  d[dAt + D.sinceGap] = 0;
  d[dAt + D.run] = 0;
  d[dAt + D.evidence] = 0;
  d[dAt + D.graded] = 0;
}

/** The value with what the resets of a counter took away, in multiples of the unit. */
function toMultiples({ d, dAt }: Slot, raw: number): number {
  const reference = d[dAt + D.reference] ?? 0;
  if (d[dAt + D.multiple] === 0 && raw !== reference) d[dAt + D.multiple] = multipleOf(raw - reference);
  const multiple = d[dAt + D.multiple] ?? 0;
  const last = multiple === 0 ? raw : (d[dAt + D.previous] ?? 0) / multiple + reference - (d[dAt + D.carried] ?? 0);
  const isCounter = d[dAt + D.falls] === 0 && (d[dAt + D.rises] ?? 0) >= COUNTER_RISES;
  if (isCounter && raw >= 0 && raw < RESET_BELOW * last) {
    d[dAt + D.carried] = (d[dAt + D.carried] ?? 0) + last - raw;
    d[dAt + D.sinceGap] = 0;
  } else if (raw > last) d[dAt + D.rises] = (d[dAt + D.rises] ?? 0) + 1;
  else if (raw < last) d[dAt + D.falls] = (d[dAt + D.falls] ?? 0) + 1;
  const value = (raw + (d[dAt + D.carried] ?? 0) - reference) * multiple;
  return Math.max(-FURTHEST, Math.min(FURTHEST, value));
}

/** At the first value, and the first after a gap, the level is what it is. */
function startLevel({ d, dAt }: Slot, value: number): void {
  for (const mean of [D.previous, D.shortMean, D.longMean, D.smooth]) d[dAt + mean] = value;
  d[dAt + D.smoothResidual] = 0;
}

/** Tells detectors apart by their data alone, 0..511, so that they do not all lay their bins anew at the same time. */
function phaseOf({ d, dAt }: Slot): number {
  const seed = (d[dAt + D.reference] ?? 0) * 0.618_033_988_749 + (d[dAt + D.dayStartMs] ?? 0) * 1e-7;
  return Math.floor(512 * (seed - Math.floor(seed))) & 511;
}
