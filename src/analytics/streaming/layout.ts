import { SKETCH_WIDTH } from './quantile-sketch.ts';

/** The state of one detector: three views of the same memory and where its part begins in each. */
export interface Slot {
  d: Float64Array;
  f: Float32Array;
  c: Uint8Array;
  dAt: number;
  fAt: number;
  cAt: number;
}

/** What is too small to tell from nothing, in multiples of the metric's unit. */
export const CRUMB = 1e-9;

/** Candidates for what is expected next. */
export const CANDIDATES = 6;

/** Numbers of a state in Float64. Values are in multiples of the metric's unit, from its first value on. */
export const D = {
  /** Values learned. */
  seen: 0,
  /** The first value, as it came, and what one of the multiples is. */
  reference: 1,
  multiple: 2,
  lastMs: 3,
  /** The usual step in milliseconds. */
  stepMs: 4,
  previous: 5,
  /** Exponential means over few, some and many values. */
  shortMean: 6,
  smooth: 7,
  longMean: 8,
  /** Exponential means of the deviation from the season, signed, and from what was expected, absolute. */
  smoothResidual: 9,
  volatility: 10,
  /** How far the level lies above the day's and the week's profile. */
  aboveDay: 11,
  aboveWeek: 12,
  /** Mean absolute error of each candidate. */
  errors: 13,
  /** Mean share of the expected error that occurs. */
  relativeError: 13 + CANDIDATES,
  /** Exponential mean of what the channels say together. */
  evidence: 14 + CANDIDATES,
  /** The day that is under way: its start and its highest evidence; the mean of those of past days, and their number. */
  dayStartMs: 15 + CANDIDATES,
  dayMaximum: 16 + CANDIDATES,
  meanMaximum: 17 + CANDIDATES,
  days: 18 + CANDIDATES,
  /** The evidence of the last alarms, faded, of values below and above what was expected. */
  heldBelow: 19 + CANDIDATES,
  heldAbove: 20 + CANDIDATES,
  /** The evidence on the scale of all metrics, and its exponential mean. */
  graded: 21 + CANDIDATES,
  /** Successive equal values. */
  run: 22 + CANDIDATES,
  /** Values since the start or the last gap. */
  sinceGap: 23 + CANDIDATES,
  /** Rises and falls, as a counter only rises; and what its resets took away. */
  rises: 24 + CANDIDATES,
  falls: 25 + CANDIDATES,
  carried: 26 + CANDIDATES,
  /** Successive values whose time is not after the last one. */
  late: 27 + CANDIDATES,
  /** The hour of the week that is under way, from 1 on. */
  weekBin: 28 + CANDIDATES,
} as const;
const NUMBERS = 29 + CANDIDATES;

export const DAY_BINS = 48;
export const WEEK_BINS = 168;
export const HOURS = 24;
const CHANNELS = 6;

/** Parts of a state in Float32. */
export const F = {
  sketches: 0,
  day: CHANNELS * SKETCH_WIDTH,
  week: CHANNELS * SKETCH_WIDTH + DAY_BINS,
  /** Of each hour of the day, the mean share of the expected error that occurs. */
  hourError: CHANNELS * SKETCH_WIDTH + DAY_BINS + WEEK_BINS,
} as const;
const FLOATS = F.hourError + HOURS;

/** Parts of a state in bytes, at most 255: values in each half hour, past visits to each hour of the week, values in each hour. */
export const C = { day: 0, week: DAY_BINS, hour: DAY_BINS + WEEK_BINS } as const;
const COUNTS = C.hour + HOURS;

/** Bytes of a state; a multiple of 8. */
export const SLOT_BYTES = 8 * Math.ceil((8 * NUMBERS + 4 * FLOATS + COUNTS) / 8);

/** Where the parts begin, in bytes from the start of a state. */
export const FLOATS_AT = 8 * NUMBERS;
export const COUNTS_AT = FLOATS_AT + 4 * FLOATS;
