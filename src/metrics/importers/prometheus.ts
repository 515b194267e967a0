import { OpenManagerError, toOpenManagerError } from '../../core/errors.ts';
import type { Labels } from '../../core/series.ts';
import { formatDuration, formatTime } from '../../core/time.ts';
import { canonicalLabels } from '../series-key.ts';
import type { SeriesBatch } from '../stored-series.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import { type CounterRates, createCounterRates } from './counter-rates.ts';
import type { LeftOut } from './left-out.ts';
import type { PrometheusClient } from './prometheus-client.ts';
import { type IsCounter, readCounters } from './prometheus-counters.ts';
import { describeSeries, type SeriesNaming } from './prometheus-series.ts';

export interface PrometheusOptions extends SeriesNaming {
  /** A series selector of PromQL. */
  readonly match: string;
  /** Both included, moved inwards to whole steps, so that a repeated import asks for the same times. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** Whether an earlier import ended at `fromMs`: what matched then may have nothing since. */
  readonly goesOn: boolean;
  /** Leaves counters as they are; otherwise they become rates a second. */
  readonly totals: boolean;
  /** Called when everything up to and with that time is stored; of `rateSeries` series it was rates, so far. */
  readonly onDone: (untilMs: number, rateSeries: number) => Promise<void>;
}

/** What a query_range gives of one series at most. */
const maxPoints = 11_000;
const maxSeries = 20_000;
/** So many samples a query: some megabytes of JSON, and one transaction of the store. */
const samplesOfQuery = 200_000;

/**
 * Fetches history a window of time after the other. What it yields must be stored before the next is asked for:
 * `onDone` relies on it.
 * @throws what the client throws; `not_found` when nothing ever matched, `invalid_argument` when too much does.
 */
export async function* readPrometheus(
  client: PrometheusClient,
  options: PrometheusOptions,
  leftOut: LeftOut,
  signal: AbortSignal,
): AsyncGenerator<SeriesBatch[]> {
  const { stepMs, onDone } = options;
  const lastMs = Math.floor(options.toMs / stepMs) * stepMs;
  const firstMs = Math.ceil(options.fromMs / stepMs) * stepMs;
  if (firstMs > lastMs) return;
  const { count, metrics } = await findSeries(client, options, signal);
  // Not done: what comes late is fetched by the next run.
  if (count === 0) return;
  const isCounter = options.totals ? () => false : await readCounters(client, signal);
  const hasCounters = [...metrics].some(isCounter);
  const batcher = createBatcher(samplesOfQuery);
  const rates = createCounterRates(stepMs);
  const rated = new Set<string>();
  const describe = createDescriber({ ...options, isCounter, firstMs, rates, rated, batcher, leftOut });
  const query = hasCounters ? freshSamples(options) : options.match;
  // The first rates need the totals before them, wherever an earlier run ended.
  let fromMs = hasCounters ? firstMs - Math.floor(rates.maxGapMs / stepMs) * stepMs : firstMs;
  let points = Math.min(maxPoints, Math.max(1, Math.floor(samplesOfQuery / count)));
  while (fromMs <= lastMs) {
    const toMs = Math.min(lastMs, fromMs + (points - 1) * stepMs);
    const answer = await client.get(
      'query_range',
      { query, start: seconds(fromMs), end: seconds(toMs), step: seconds(stepMs) },
      signal,
    );
    if (answer.kind === 'too_much') {
      if (points === 1) throw tooMuch(`${answer.why}, at one point in time already`);
      points = Math.floor(points / 2);
      continue;
    }
    for (const series of listOf(answer.data, 'result')) addSeries(series, describe, { firstMs, leftOut });
    yield batcher.take();
    if (toMs >= firstMs) await onDone(toMs, rated.size);
    fromMs = toMs + stepMs;
  }
}

/** How long a selector alone goes on to give a sample, by default. */
const lookbackMs = 5 * 60_000;

/**
 * Gives a sample to one point in time only, the newest since the point before. A selector alone repeats it while the
 * server was away or where the step is short: of a counter that would be rates of zero, and then one of too much.
 * The function keeps the names of metrics, as others do not; Prometheus has it since 2.26.
 */
function freshSamples({ match, stepMs }: PrometheusOptions): string {
  // Before 3.0 a range includes both of its ends.
  return `last_over_time(${match}[${Math.max(1, Math.min(stepMs, lookbackMs) - 1)}ms])`;
}

interface FoundSeries {
  readonly count: number;
  readonly metrics: ReadonlySet<string>;
}

async function findSeries(
  client: PrometheusClient,
  { match, fromMs, toMs, goesOn }: PrometheusOptions,
  signal: AbortSignal,
): Promise<FoundSeries> {
  const answer = await client.get(
    'series',
    { 'match[]': match, start: seconds(fromMs), end: seconds(toMs), limit: String(maxSeries + 1) },
    signal,
  );
  if (answer.kind === 'too_much') throw tooMuch(answer.why);
  const found: unknown = answer.data;
  if (!Array.isArray(found) || !found.every(isLabels)) throw unexpected();
  const { length: count } = found;
  if (count > maxSeries) throw tooMuch(`more than ${maxSeries} series match`);
  if (count > 0 || goesOn) return { count, metrics: new Set(found.map(({ __name__: metric = '' }) => metric)) };
  throw new OpenManagerError(
    'not_found',
    `Nothing matches ${match} from ${formatTime(fromMs)} to ${formatTime(toMs)}: check --match, and how long the server keeps data.`,
  );
}

type Add = (timeMs: number, value: number) => void;

interface Describing extends SeriesNaming {
  readonly isCounter: IsCounter;
  /** Samples before are only there for the rates that follow. */
  readonly firstMs: number;
  readonly rates: CounterRates;
  /** Gets the series that were given a rate. */
  readonly rated: Set<string>;
  readonly batcher: Batcher;
  readonly leftOut: LeftOut;
}

/** How to add to a series of these labels; null when it is left out. */
function createDescriber(describing: Describing): (labels: Labels) => Add | null {
  const { firstMs, batcher, leftOut, hostLabel = 'instance' } = describing;
  return (labels) => {
    try {
      const found = describeSeries(labels, describing);
      if (found !== null) {
        const add = batcher.series(found.host, found.descriptor);
        if (found.isRate) return addRates(canonicalLabels(labels), add, describing);
        return (timeMs, value) => timeMs >= firstMs && add(timeMs, value);
      }
      leftOut.add(`series without a name or the label ${hostLabel}, which names the host`);
    } catch (error) {
      leftOut.add('series', toOpenManagerError(error).message);
    }
    return null;
  };
}

function addRates(key: string, add: Add, { firstMs, rates, rated, leftOut }: Describing): Add {
  const rateOf = rates.series(key);
  return (timeMs, total) => {
    const rate = rateOf(timeMs, total);
    if (timeMs < firstMs) return;
    if (Number.isNaN(rate))
      return leftOut.add(`totals of counters that follow no other within ${formatDuration(rates.maxGapMs)}`);
    rated.add(key);
    add(timeMs, rate);
  };
}

function addSeries(
  series: unknown,
  describe: (labels: Labels) => Add | null,
  { firstMs, leftOut }: Pick<Describing, 'firstMs' | 'leftOut'>,
): void {
  if (!isObject(series) || !isLabels(series.metric)) throw unexpected();
  if (series.histograms !== undefined) leftOut.add('native histograms');
  const add = describe(series.metric);
  if (add === null) return;
  for (const pair of Array.isArray(series.values) ? series.values : []) {
    if (!Array.isArray(pair) || typeof pair[0] !== 'number' || typeof pair[1] !== 'string') throw unexpected();
    // "NaN", "+Inf" and "-Inf" are values of Prometheus too, and no samples here.
    const value = Number(pair[1]);
    const timeMs = Math.round(pair[0] * 1000);
    if (Number.isFinite(value) && pair[1] !== '') add(timeMs, value);
    else if (timeMs >= firstMs) leftOut.add('values that are NaN or infinite');
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
