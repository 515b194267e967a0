/**
 * A method that has seen no data. A new method is one file in `forecasters/` and one line in `candidates.ts`.
 */
export interface Forecaster {
  /** How the method is named in answers, e.g. `seasonal-naive(24)`. */
  readonly name: string;
  /** The shortest history that {@link fit} accepts, in steps. */
  readonly minPoints: number;
  /**
   * Learns from a history of at least `minPoints` steps, all finite and within -2..2. Deterministic, at most linear in
   * the length, and leaves the array as it is.
   */
  fit(history: Float64Array): FittedForecaster;
}

/** A method that has learned from a history. */
export interface FittedForecaster {
  /** The `horizon` steps after the history (an integer >= 1), in the history's unit. */
  predict(horizon: number): Float64Array;
}
