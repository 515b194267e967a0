import { OpenManagerError, toOpenManagerError } from '../../core/errors.ts';
import type { Labels } from '../../core/series.ts';
import { formatTime } from '../../core/time.ts';
import type { SeriesBatch } from '../stored-series.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import type { LeftOut } from './left-out.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import { describeSeries, type SeriesNaming } from './prometheus-series.ts';

export interface PrometheusOptions extends SeriesNaming {
  /** A series selector of PromQL. */
  readonly match: string;
  /** Both included, moved inwards to whole steps, so that a repeated import asks for the same times. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** Called when everything up to and with that time is stored. */
  readonly onDone: (untilMs: number) => Promise<void>;
}

/** What a query_range gives of one series at most. */
const maxPoints = 11_000;
const maxSeries = 20_000;
/** So many samples a query: some megabytes of JSON, and one transaction of the store. */
const samplesOfQuery = 200_000;

/**
 * Fetches history a window of time after the other. What it yields must be stored before the next is asked for:
 * `onDone` relies on it.
 * @throws what the client throws; `not_found` when nothing matches, `invalid_argument` when too much does.
 */
export async function* readPrometheus(
  client: PrometheusClient,
  options: PrometheusOptions,
  leftOut: LeftOut,
  signal: AbortSignal,
): AsyncGenerator<SeriesBatch[]> {
  const { stepMs, onDone } = options;
  const lastMs = Math.floor(options.toMs / stepMs) * stepMs;
  let fromMs = Math.ceil(options.fromMs / stepMs) * stepMs;
  if (fromMs > lastMs) return;
  const count = await countSeries(client, options, signal);
  const batcher = createBatcher(samplesOfQuery);
  const describe = createDescriber(options, batcher, leftOut);
  let points = Math.min(maxPoints, Math.max(1, Math.floor(samplesOfQuery / count)));
  while (fromMs <= lastMs) {
    const toMs = Math.min(lastMs, fromMs + (points - 1) * stepMs);
    const answer = await client.get(
      'query_range',
      { query: options.match, start: seconds(fromMs), end: seconds(toMs), step: seconds(stepMs) },
      signal,
    );
    if (answer.kind === 'too_much') {
      if (points === 1) throw tooMuch(`${answer.why}, at one point in time already`);
      points = Math.floor(points / 2);
      continue;
    }
    for (const series of listOf(answer.data, 'result')) addSeries(series, describe, leftOut);
    yield batcher.take();
    await onDone(toMs);
    fromMs = toMs + stepMs;
  }
}

async function countSeries(client: PrometheusClient, options: PrometheusOptions, signal: AbortSignal): Promise<number> {
  const { match, fromMs, toMs } = options;
  const answer = await client.get(
    'series',
    { 'match[]': match, start: seconds(fromMs), end: seconds(toMs), limit: String(maxSeries + 1) },
    signal,
  );
  if (answer.kind === 'too_much') throw tooMuch(answer.why);
  if (!Array.isArray(answer.data)) throw unexpected();
  const { length } = answer.data;
  if (length > maxSeries) throw tooMuch(`more than ${maxSeries} series match`);
  if (length > 0) return length;
  throw new OpenManagerError(
    'not_found',
    `Nothing matches ${match} from ${formatTime(fromMs)} to ${formatTime(toMs)}: check --match, and how long the server keeps data.`,
  );
}

type Add = (timeMs: number, value: number) => void;

/** How to add to a series of these labels; null when it is left out. */
function createDescriber(naming: SeriesNaming, batcher: Batcher, leftOut: LeftOut): (labels: Labels) => Add | null {
  return (labels) => {
    try {
      const found = describeSeries(labels, naming);
      if (found !== null) return batcher.series(found.host, found.descriptor);
      leftOut.add(`series without a name or the label ${naming.hostLabel ?? 'instance'}, which names the host`);
    } catch (error) {
      leftOut.add('series', toOpenManagerError(error).message);
    }
    return null;
  };
}

function addSeries(series: unknown, describe: (labels: Labels) => Add | null, leftOut: LeftOut): void {
  if (!isObject(series) || !isLabels(series.metric)) throw unexpected();
  if (series.histograms !== undefined) leftOut.add('native histograms');
  const add = describe(series.metric);
  if (add === null) return;
  for (const pair of Array.isArray(series.values) ? series.values : []) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'number' || typeof pair[1] !== 'string') throw unexpected();
    // "NaN", "+Inf" and "-Inf" are values of Prometheus too, and no samples here.
    const value = Number(pair[1]);
    if (Number.isFinite(value) && pair[1] !== '') add(Math.round(pair[0] * 1000), value);
    else leftOut.add('values that are NaN or infinite');
  }
}

function listOf(data: unknown, field: string): readonly unknown[] {
  const list = isObject(data) ? data[field] : undefined;
  if (!Array.isArray(list)) throw unexpected();
  return list;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isLabels(value: unknown): value is Labels {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

/** Exact to the millisecond. */
function seconds(ms: number): string {
  return String(Math.round(ms) / 1000);
}

function tooMuch(why: string): OpenManagerError {
  return new OpenManagerError('invalid_argument', `Too much to import at once: ${why}. Narrow --match.`);
}

function unexpected(): OpenManagerError {
  return new OpenManagerError('unavailable', 'The server answers, but not with series and samples as Prometheus does.');
}
