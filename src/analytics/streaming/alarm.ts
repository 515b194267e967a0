import { follow } from './expectation.ts';
import { D, type Slot } from './layout.ts';

const DAY_MS = 86_400_000;
/** Values over which evidence adds up: one that lasts weighs up to this many times as much. */
const LASTING_VALUES = 48;
const LASTING_WEIGHT = 1.5;
/** The highest evidence of a usual day at steps of five minutes, and what shorter ones add to it by their logarithm: */
const USUAL_MAXIMUM = 8;
const USUAL_STEP_MS = 300_000;
const PER_SHORTER_STEP = 1.3;
/** it counts as if seen on as many days, of all over which it is taken. */
const USUAL_DAYS = 12;
const MAXIMUM_DAYS = 14;
/** What a single day counts at most, in means. */
const MAX_SHARE_OF_MEAN = 3;
const LEAST_MAXIMUM = 2;
/** How much of its own usual maximum a metric's evidence is measured against. */
const OWN_SCALE = 0.6;
/** An alarm fades in two days, or in the time watched so far; till then another has to be as much stronger. */
const FADING_MS = 2 * DAY_MS;
const LEAST_FADING_MS = 300_000;
const STRONGER = 1.1;
/** What an alarm above what was expected counts against one below, and the other way round. */
const OTHER_SIDE = 0.9;
/** The mean of the graded evidence that a raw score holds, and over how many values. */
const RAW_MEAN_SHARE = 0.6;

/**
 * Grades a value's evidence: lasting evidence counts more, and all counts less for a metric whose days are used to it.
 * Returns it on a scale that is the same for all metrics.
 */
export function grade({ d, dAt }: Slot, evidence: number, timestampMs: number, seen: number): number {
  follow(d, dAt + D.evidence, evidence, 1 / Math.min(seen + 1, LASTING_VALUES));
  const lasting = Math.max(evidence, LASTING_WEIGHT * (d[dAt + D.evidence] ?? 0));
  if (seen === 0) d[dAt + D.dayStartMs] = timestampMs;
  if (timestampMs - (d[dAt + D.dayStartMs] ?? 0) >= DAY_MS) endDay(d, dAt, timestampMs);
  d[dAt + D.dayMaximum] = Math.max(d[dAt + D.dayMaximum] ?? 0, lasting);
  const usual = Math.max(d[dAt + D.meanMaximum] ?? 0, LEAST_MAXIMUM);
  return lasting * (USUAL_MAXIMUM / usual) ** OWN_SCALE;
}

/** Before the first day ended: noise alone goes further where there are more values a day. */
export function expectUsualDay({ d, dAt }: Slot): void {
  const shorter = USUAL_STEP_MS / Math.max(1, d[dAt + D.stepMs] ?? 0);
  d[dAt + D.meanMaximum] = USUAL_MAXIMUM + PER_SHORTER_STEP * Math.max(0, Math.log(shorter));
}

function endDay(d: Float64Array, dAt: number, timestampMs: number): void {
  const days = (d[dAt + D.days] ?? 0) + 1;
  const mean = d[dAt + D.meanMaximum] ?? 0;
  const maximum = Math.min(d[dAt + D.dayMaximum] ?? 0, MAX_SHARE_OF_MEAN * mean);
  d[dAt + D.days] = days;
  d[dAt + D.meanMaximum] = mean + (maximum - mean) / Math.min(days + USUAL_DAYS, MAXIMUM_DAYS);
  d[dAt + D.dayMaximum] = 0;
  d[dAt + D.dayStartMs] = timestampMs;
}

/** How odd the metric is at the time, whatever was said before: this value's graded evidence with that of those before. */
export function rawEvidence({ d, dAt }: Slot, graded: number, seen: number): number {
  follow(d, dAt + D.graded, graded, 1 / Math.min(seen + 1, LASTING_VALUES));
  return (1 - RAW_MEAN_SHARE) * graded + RAW_MEAN_SHARE * (d[dAt + D.graded] ?? 0);
}

/**
 * The graded evidence of a value that is to be told of, 0 for one that only repeats what was told: an alarm holds back
 * those that are not clearly stronger, on its own side more than on the other, and fades with real time.
 */
export function afterRefractory({ d, dAt }: Slot, graded: number, isAbove: boolean, passedMs: number): number {
  const watchedMs = (d[dAt + D.seen] ?? 0) * (d[dAt + D.stepMs] ?? 0);
  const fade = Math.exp(-passedMs / Math.min(FADING_MS, Math.max(LEAST_FADING_MS, watchedMs)));
  const own = dAt + (isAbove ? D.heldAbove : D.heldBelow);
  const other = dAt + (isAbove ? D.heldBelow : D.heldAbove);
  const heldOwn = fade * (d[own] ?? 0);
  const heldOther = fade * (d[other] ?? 0);
  d[other] = heldOther;
  d[own] = Math.max(heldOwn, graded);
  return graded > STRONGER * Math.max(heldOwn, OTHER_SIDE * heldOther) ? graded : 0;
}
