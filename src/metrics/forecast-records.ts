import type { Contender, Forecast, Interval } from '../analytics/index.ts';
import { naiveScale } from '../analytics/rolling-origin.ts';
import { toOpenManagerError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { type DatabaseSource, databaseOf } from '../storage/database.ts';
import { within } from './collectors/within.ts';
import { keepPrediction } from './forecast-record-codec.ts';
import { type ForecastRecord, type KeptForecast, keepForecast, readForecastRecord } from './forecast-record-store.ts';
import type { ForecastTrack } from './forecast-track.ts';
import type { Resampled } from './resample.ts';

export type { ForecastRecord };

/** A forecast and what it was made from. */
export interface GivenForecast {
  readonly track: ForecastTrack;
  readonly issuedMs: number;
  /** Nominal coverage of the interval. */
  readonly level: number;
  readonly history: Resampled;
  readonly forecast: Forecast;
}

/** Remembers the forecasts that are given out, so that they can be checked when the truth has come. */
export interface ForecastRecords extends AsyncDisposable {
  /** How those that are like the next one turned out; null when nothing is known, or not soon enough. */
  find(track: ForecastTrack, level: number): Promise<ForecastRecord | null>;
  /** Returns at once; what cannot be stored is tried again with the next, and logged. */
  add(given: GivenForecast): void;
  /** The same, for forecasts that nobody has asked for. */
  readonly scheduled: Pick<ForecastRecords, 'find' | 'add'>;
}

/** A forecast does not wait longer for what is only said beside it. */
const patienceMs = 1_000;
const maxWaiting = 1_000;
const closeMs = 5_000;

export function createForecastRecords(source: DatabaseSource, { log }: { log: Logger }): ForecastRecords {
  let waiting: KeptForecast[] = [];
  let writing: Promise<void> | undefined;
  let failing = false;

  async function writeAll(): Promise<void> {
    try {
      const database = await databaseOf(source);
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        await keepForecast(database, next);
        const kept = next;
        waiting = waiting.filter((one) => one !== kept);
      }
      failing = false;
    } catch (error) {
      if (!failing) log.warn('forecasts cannot be stored to be checked later', { error: toOpenManagerError(error) });
      failing = true;
    }
  }

  function write(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  async function find(track: ForecastTrack, level: number): Promise<ForecastRecord | null> {
    const reading = databaseOf(source).then((database) => readForecastRecord(database, track, level));
    const found = await within(reading, patienceMs).catch((error: unknown) => {
      log.warn('earlier forecasts cannot be read', { error: toOpenManagerError(error) });
      return null;
    });
    return found === 'late' ? null : found;
  }

  function add(given: GivenForecast, scheduled: boolean): void {
    waiting = [...waiting.slice(1 - maxWaiting), keep(given, scheduled)];
    void write();
  }

  return {
    find,
    add: (given) => add(given, false),
    scheduled: { find, add: (given) => add(given, true) },
    async [Symbol.asyncDispose]() {
      await within(
        write().then(() => write()),
        closeMs,
      );
      if (waiting.length > 0) log.warn('the last forecasts were not stored', { count: waiting.length });
    },
  };
}

function keep({ track, issuedMs, level, history, forecast }: GivenForecast, scheduled: boolean): KeptForecast {
  const { startMs, stepMs, values } = history;
  const others: readonly (Contender & { readonly intervals?: readonly Interval[] })[] = forecast.contenders.filter(
    ({ model }) => model !== forecast.model,
  );
  return {
    track,
    issuedMs: Math.round(issuedMs),
    startMs: startMs + values.length * stepMs,
    scheduled,
    level,
    baseline: forecast.backtest?.baseline ?? forecast.contenders[0]?.model ?? forecast.model,
    predictions: [forecast, ...others].map((one) => keepPrediction(one, level)),
    scale: forecast.backtest?.scale ?? naiveScale(values, 1),
  };
}
