import type { Interval, Prediction } from '../analytics/index.ts';

/** A method and what it predicted, at the steps of {@link keptSteps} alone. */
export interface KeptPrediction extends Prediction {
  readonly model: string;
}

/** As they are stored. */
export interface StoredPredictions {
  /** JSON: `[method, 1 when it has an interval]` each, in the order of the bytes. */
  readonly models: string;
  /** Float64, little-endian: of each method the means, then the lower and the upper ends where it has an interval. */
  readonly bytes: Uint8Array;
}

const maxSteps = 60;

/** The steps of a forecast that are kept, ascending: 60 at most, evenly spaced, the last one among them. */
export function keptSteps(horizon: number): readonly number[] {
  const every = Math.ceil(horizon / maxSteps);
  const count = Math.floor(horizon / every);
  return Array.from({ length: count }, (_, i) => horizon - 1 - (count - 1 - i) * every);
}

/** What is kept of a prediction: of its intervals the one of `level`, where it has one. */
export function keepPrediction(
  { model, mean, intervals = [] }: { model: string; mean: Float64Array; intervals?: readonly Interval[] | undefined },
  level: number,
): KeptPrediction {
  const steps = keptSteps(mean.length);
  const kept = (values: Float64Array) => Float64Array.from(steps, (i) => values[i] ?? Number.NaN);
  const found = intervals.find((one) => one.level === level);
  const interval = found && { level, lower: kept(found.lower), upper: kept(found.upper) };
  return { model, mean: kept(mean), intervals: interval ? [interval] : [] };
}

/** `predictions`: all of the same steps. */
export function encodePredictions(predictions: readonly KeptPrediction[]): StoredPredictions {
  const lines = predictions.flatMap(({ mean, intervals: [interval] }) =>
    interval ? [mean, interval.lower, interval.upper] : [mean],
  );
  const bytes = new Uint8Array(lines.reduce((sum, line) => sum + line.length, 0) * 8);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of lines.flatMap((line) => [...line]).entries()) view.setFloat64(i * 8, value, true);
  const models = predictions.map(({ model, intervals }) => [model, intervals.length]);
  return { models: JSON.stringify(models), bytes };
}

/** @param o.horizon as it was when they were kept */
export function decodePredictions(
  { models, bytes }: StoredPredictions,
  { horizon, level }: { horizon: number; level: number },
): readonly KeptPrediction[] {
  const steps = keptSteps(horizon).length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const line = () => Float64Array.from({ length: steps }, () => view.getFloat64(8 * at++, true));
  return (JSON.parse(models) as [string, number][]).map(([model, intervals]) => {
    const mean = line();
    return { model, mean, intervals: intervals === 0 ? [] : [{ level, lower: line(), upper: line() }] };
  });
}
