import { DAY_MS, type OpsSeries } from './ops-series.ts';

/** `dev` is what a method may be chosen and tuned on; `report` lies after it in time and is looked at for the bars alone. */
export type Split = 'dev' | 'report';

/** A place where the bench stands: it knows what is before, and forecasts what comes after. */
export interface Window {
  readonly series: OpsSeries;
  /** Index of the first step of `actual` in the series. */
  readonly origin: number;
  readonly history: Float64Array;
  /** The truth of the horizon; NaN = missing. */
  readonly actual: Float64Array;
}

const CONTEXT_DAYS = 28;
/** Days of a trace in which the windows lie, the last one excluded. */
const SPLIT_DAYS = { dev: [28, 58], report: [58, Number.POSITIVE_INFINITY] } as const satisfies Record<Split, unknown>;
/** Origins move on by this much of a day, so that few of them cover all times of the day alike (golden ratio). */
const DAY_FRACTION = 0.382;

/** `count` windows of a trace with 28 days of context, spread over the split's days and over the times of the day. */
export function traceWindows(series: OpsSeries, split: Split, horizon: number, count: number): Window[] {
  const day = DAY_MS / series.stepMs;
  const [from, to] = SPLIT_DAYS[split];
  return spread(series, { first: from * day, end: Math.min(to * day, series.values.length), horizon, count });
}

/** `count` windows in the later half of a series that is too short to be split by days; at least two days of context. */
export function laterHalfWindows(series: OpsSeries, horizon: number, count: number): Window[] {
  const end = series.values.length;
  const first = Math.max((2 * DAY_MS) / series.stepMs, Math.ceil(end / 2));
  return spread(series, { first, end, horizon, count });
}

interface Range {
  readonly first: number;
  readonly end: number;
  readonly horizon: number;
  readonly count: number;
}

function spread(series: OpsSeries, { first, end, horizon, count }: Range): Window[] {
  const day = DAY_MS / series.stepMs;
  const last = end - horizon;
  if (last < first) return [];
  const even = (last - first) / Math.max(1, count - 1);
  const days = Math.floor(even / day - DAY_FRACTION);
  const stride = days < 0 ? Math.max(1, Math.floor(even)) : Math.round((days + DAY_FRACTION) * day);
  const origins = Array.from({ length: count }, (_, i) => first + i * stride).filter((origin) => origin <= last);
  return origins.map((origin) => windowAt(series, origin, horizon)).filter(isMeasurable);
}

function windowAt(series: OpsSeries, origin: number, horizon: number): Window {
  const context = (CONTEXT_DAYS * DAY_MS) / series.stepMs;
  return {
    series,
    origin,
    history: series.values.slice(Math.max(0, origin - context), origin),
    actual: series.values.slice(origin, origin + horizon),
  };
}

function isMeasurable({ history, actual }: Window): boolean {
  return history.some(Number.isFinite) && actual.some(Number.isFinite);
}
