import type { OpenManagerError } from '../core/errors.ts';
import type { Detection, DetectOptions } from './anomaly.ts';
import type { CompareOptions, WindowChange } from './compare-windows.ts';
import type { Forecast, ForecastOptions } from './forecast.ts';
import type { ThresholdOptions, TimeToThreshold } from './time-to-threshold.ts';

/** A series of a batch and what is asked of it. */
export interface ThresholdQuestion {
  /** Must not be used any more: it moves to where the work is done. */
  readonly values: Float64Array;
  readonly options: ThresholdOptions;
}

/**
 * The library run elsewhere than on the caller's thread, several series at a time. Aborting `signal` ends the work at once,
 * in the middle of a computation too, and rejects with its reason or with `cancelled`.
 *
 * A result may be given to several callers: it is read, never changed.
 */
export interface AnalyticsRunner {
  /**
   * @throws OpenManagerError what the library throws; `timeout` when it takes too long; `unavailable` when it runs out of
   * memory or too much waits already.
   */
  forecast(values: Float64Array, options: ForecastOptions, signal: AbortSignal): Promise<Forecast>;
  /**
   * An outcome for each series, in their order: one that fails leaves the others alone. `onDone` hears how many are done,
   * always more than before. All series are in memory meanwhile: give a fleet in groups of some hundred.
   */
  forecastMany(
    series: readonly ForecastInput[],
    signal: AbortSignal,
    onDone?: (done: number) => void,
  ): Promise<Outcome<Forecast>[]>;
  /** The same for the search of anomalies. */
  detectMany(
    series: readonly DetectInput[],
    signal: AbortSignal,
    onDone?: (done: number) => void,
  ): Promise<Outcome<Detection>[]>;
  /** The same for the comparison of an incident with its baseline. */
  compareMany(
    series: readonly CompareInput[],
    signal: AbortSignal,
    onDone?: (done: number) => void,
  ): Promise<Outcome<WindowChange>[]>;
  /** The answers in the order of the questions; those of one call are worked on one after the other. */
  timesToThresholds(questions: readonly ThresholdQuestion[], signal: AbortSignal): Promise<TimeToThreshold[]>;
}

/** A regular series: one value a step, NaN = missing. */
export interface AnalysisInput<Options> {
  readonly values: Float64Array;
  readonly options: Options;
}

export type ForecastInput = AnalysisInput<ForecastOptions>;
export type DetectInput = AnalysisInput<DetectOptions>;
export type CompareInput = AnalysisInput<CompareOptions>;

export type Outcome<T> =
  | { readonly ok: true; readonly result: T }
  | { readonly ok: false; readonly error: OpenManagerError };
