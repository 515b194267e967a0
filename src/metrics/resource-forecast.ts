import type { NoPrediction, TimeToThreshold } from '../analytics/index.ts';
import { withoutSteps } from '../analytics/without-steps.ts';
import type { Descriptor } from '../core/series.ts';
import type { ResourceHistory } from './capacity-history.ts';
import type { CapacityQuestion, Direction } from './capacity-question.ts';
import type { CapacityResource } from './capacity-resources.ts';
import { withoutErrorNoise } from './forecast-quality-text.ts';
import type { HostChange } from './host-changes.ts';

/** Why nothing is predicted; `stopped`: no samples of it for a day or longer, while others have some. */
export type CapacityReason = NoPrediction | 'stopped';

export interface ResourceForecast extends Descriptor {
  readonly host: string;
  /** What people call it, e.g. `filesystem /var`; made of untrusted text. */
  readonly resource: string;
  /** The last value, and the threshold, in `unit`. */
  readonly now: number;
  /** The last value that counts, and when it ends, where all since then is left out as the caller wants; else null. */
  readonly startsFrom: { readonly value: number; readonly timeMs: number } | null;
  readonly threshold: number;
  /** On which side of the threshold it is reached. */
  readonly direction: Direction;
  /** What to write behind values: '' where `unit` is `1` and stands for a plain number. */
  readonly shownUnit: string;
  /** The threshold is beyond what there can be of it. */
  readonly isImpossible: boolean;
  /** `beyond` it already, `reaches` it within the horizon (maybe only at the earliest), `later` or never, `unknown`. */
  readonly status: 'beyond' | 'reaches' | 'later' | 'unknown';
  /** Milliseconds since the epoch, none before the predictions start; null = not within the horizon. */
  readonly earliestMs: number | null;
  readonly likelyMs: number | null;
  readonly latestMs: number | null;
  /** 0..1. */
  readonly probability: number;
  readonly reason: CapacityReason | null;
  /** Which past it is told from: weeks, or only the last minutes or hours, in which it rises as never before. */
  readonly scale: 'long' | 'short';
  /** Length of that past, and when it ends. */
  readonly historyMs: number;
  readonly lastMs: number;
  /** Mean absolute error on its own past and that of staying flat, in `unit`; null without a backtest. */
  readonly backtest: { readonly error: number; readonly baselineError: number } | null;
  /** What the history begins with, when it is no more than what follows a sudden change. */
  readonly shift: { readonly timeMs: number; readonly size: number } | null;
  /** Whether the last value, alone of another level, is taken for an odd reading, or for a new level that may be one. */
  readonly lastValue: TimeToThreshold['lastValue'];
  readonly resets: { readonly count: number; readonly periodMs: number; readonly peak: number } | null;
  /** Restarts and resizes at the time of the shift. */
  readonly changes: readonly HostChange[];
}

interface Answered {
  readonly answer: TimeToThreshold;
  readonly question: CapacityQuestion;
  readonly scale: ResourceForecast['scale'];
  /** When the predictions start. */
  readonly asOfMs: number;
}

/** What is known of a resource from an answer about its history. */
export function forecastOf(history: ResourceHistory, { answer, question, scale, asOfMs }: Answered): ResourceForecast {
  const { resource, values, startMs, stepMs, now } = history;
  const endMs = startMs + values.length * stepMs;
  // The first step may be running since a while.
  const timeOf = (step: number | null) => (step === null ? null : Math.max(asOfMs, endMs + (step - 1) * stepMs));
  const { threshold, direction } = question.options;
  const startsFrom = scale === 'short' ? null : lastKept(history, question);
  const isNowBeyond = startsFrom === null && (direction === 'below' ? now <= threshold : now >= threshold);
  const isBeyond = answer.alreadyBeyond || isNowBeyond;
  const status = statusOf(answer, isBeyond);
  return {
    ...described(resource, question),
    now,
    startsFrom,
    status,
    earliestMs: timeOf(answer.earliest),
    likelyMs: timeOf(answer.likely),
    latestMs: timeOf(answer.latest),
    probability: answer.probability,
    reason: answer.reason,
    scale,
    historyMs: values.length * stepMs,
    lastMs: resource.series.lastMs ?? endMs,
    backtest: errorsOf(answer, values),
    shift: answer.shift && { timeMs: startMs + answer.shift.index * stepMs, size: answer.shift.size },
    lastValue: answer.lastValue,
    resets: answer.resets && { ...answer.resets, periodMs: answer.resets.period * stepMs },
    changes: [],
  };
}

/** What the caller left out up to the end says nothing of what the prediction starts from. */
function lastKept(
  { values, startMs, stepMs }: ResourceHistory,
  { options: { exclude = [] } }: CapacityQuestion,
): ResourceForecast['startsFrom'] {
  const kept = withoutSteps(values, exclude).findLastIndex(Number.isFinite);
  if (kept < 0 || kept === values.findLastIndex(Number.isFinite)) return null;
  return { value: values[kept] as number, timeMs: startMs + (kept + 1) * stepMs };
}

function errorsOf({ forecast }: TimeToThreshold, history: Float64Array): ResourceForecast['backtest'] {
  if (!forecast?.backtest) return null;
  const { error, baselineError } = forecast.backtest;
  const shown = withoutErrorNoise(history);
  return { error: shown(error), baselineError: shown(baselineError) };
}

function statusOf({ earliest, reason }: TimeToThreshold, isBeyond: boolean): ResourceForecast['status'] {
  if (isBeyond) return 'beyond';
  if (earliest !== null) return 'reaches';
  return reason === 'too-short' || reason === 'too-noisy' || reason === 'beyond-history' ? 'unknown' : 'later';
}

/** Of one that has no samples to learn from. */
export function unpredicted(
  resource: CapacityResource,
  question: CapacityQuestion,
  reason: CapacityReason,
): ResourceForecast {
  return {
    ...described(resource, question),
    now: Number.NaN,
    startsFrom: null,
    status: 'unknown',
    earliestMs: null,
    likelyMs: null,
    latestMs: null,
    probability: 0,
    reason,
    scale: 'long',
    historyMs: 0,
    lastMs: resource.series.lastMs ?? 0,
    backtest: null,
    shift: null,
    lastValue: null,
    resets: null,
    changes: [],
  };
}

function described(
  { name, series, unit }: CapacityResource,
  { options: { threshold, direction }, shownUnit, isImpossible }: CapacityQuestion,
) {
  const { host, metric, labels } = series;
  return { host, resource: name, metric, labels, unit, threshold, direction, shownUnit, isImpossible };
}

/**
 * The order of what is told: beyond the threshold, furthest first; then by likely time, by earliest time, by
 * probability, and by how near it is. Equal ones stay as they were.
 */
export function byUrgency(resources: readonly ResourceForecast[]): ResourceForecast[] {
  const keys = Float64Array.from(resources, urgencyKey);
  const order = Uint32Array.from(resources.keys()).sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
  return Array.from(order, (i) => resources[i] as ResourceForecast);
}

/** Each kind has a range of its own; times are milliseconds, 1e13 of which are in the year 2286. */
const afterAll = 1e14;

/** The lower, the more urgent. */
export function urgencyKey(one: ResourceForecast): number {
  const { status, now, threshold, direction, likelyMs, earliestMs, probability, reason } = one;
  const share = direction === 'below' ? 2 - now / threshold : now / threshold;
  const fullness = Number.isFinite(share) ? Math.min(100, Math.max(-100, share)) : 0;
  switch (status) {
    case 'beyond':
      return -fullness;
    case 'reaches':
      return likelyMs === null ? 2 * afterAll + (earliestMs ?? 0) : afterAll + likelyMs;
    case 'later':
      return 3 * afterAll + (1 - probability) * 1e9 - fullness * 1e6;
    case 'unknown':
      return (reason === 'beyond-history' ? 2.5 : 4) * afterAll - fullness;
  }
}
