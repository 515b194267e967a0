import { type ForecastOptions, forecast } from '../../src/analytics/index.ts';

/** What every forecaster of the bench, ours or a peer, gives for one window. */
export interface Prediction {
  readonly mean: ArrayLike<number>;
  readonly intervals: readonly IntervalPrediction[];
}

export interface IntervalPrediction {
  /** Nominal coverage, above 0 and below 1. */
  readonly level: number;
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
}

export type Effort = 'fast' | 'full';

/** One of ours, with what it told of itself and what it took. */
export interface OwnPrediction extends Prediction {
  readonly model: string;
  /** The coverage of each level by its own backtest; null where it had none. */
  readonly told: readonly number[] | null;
  /** Of the calling thread. */
  readonly cpuSeconds: number;
}

const LEVELS: readonly number[] = [0.8, 0.95];

/** `effort` as an option that the library may not know yet. */
type Options = ForecastOptions & { readonly effort: Effort };

export function predict(history: Float64Array, o: Omit<Options, 'levels'>): OwnPrediction {
  const options: Options = { ...o, levels: LEVELS };
  const before = process.threadCpuUsage();
  const { mean, intervals, model, backtest } = forecast(history, options);
  const { user, system } = process.threadCpuUsage(before);
  const told = backtest?.coverage.map(({ actual }) => actual) ?? null;
  return { mean, intervals, model, told, cpuSeconds: (user + system) / 1e6 };
}
