import { dataPath, readCsv } from './data.ts';

/** One hourly series of the M4 competition. */
export interface M4Series {
  readonly train: Float64Array;
  /** The 48 values after `train`. */
  readonly test: Float64Array;
  /** The competition's Naive2 forecast of them. */
  readonly naive2: Float64Array;
}

/** The 414 hourly series, in the competition's order. */
export function readM4Hourly(): M4Series[] {
  const tests = readRows('hourly-test.csv', 1);
  const naive2 = readRows('hourly-naive2-forecast.csv', 0);
  return [...readRows('hourly-train.csv', 1)].map(([id, train]) => {
    const [test, baseline] = [tests.get(id), naive2.get(id)];
    if (test === undefined || baseline === undefined) throw new Error(`M4 series ${id} has no test or Naive2 row`);
    return { train, test, naive2: baseline };
  });
}

function readRows(file: string, headerRows: number): Map<string, Float64Array> {
  return new Map(
    readCsv(dataPath('m4', file))
      .slice(headerRows)
      .map(([id = '', ...cells]) => [
        id,
        Float64Array.from(
          cells.filter((cell) => cell !== ''),
          Number,
        ),
      ]),
  );
}

/** Means over series; OWA is the mean of the two ratios to Naive2. M4 Competitor's Guide (2018). */
export interface Accuracy {
  /** Percent, 0..200. */
  readonly smape: number;
  readonly mase: number;
}

const SEASON = 24;

/** sMAPE and MASE (scale: the seasonal difference in the training part) of forecasts, averaged over the series. */
export function measureAccuracy(series: readonly M4Series[], forecasts: readonly Float64Array[]): Accuracy {
  const smape = mean(series.map(({ test }, i) => meanOver(test, (y, h) => symmetricError(y, forecasts[i]?.[h]))));
  const mase = mean(
    series.map(
      ({ train, test }, i) => meanOver(test, (y, h) => absoluteError(y, forecasts[i]?.[h])) / seasonalScale(train),
    ),
  );
  return { smape, mase };
}

export function owa(method: Accuracy, naive2: Accuracy): number {
  return (method.smape / naive2.smape + method.mase / naive2.mase) / 2;
}

/** Mean absolute difference to the value a day before. */
export function seasonalScale(train: Float64Array): number {
  return meanOver(train.subarray(SEASON), (y, i) => absoluteError(y, train[i]));
}

export function meanOver(values: Float64Array, of: (value: number, i: number) => number): number {
  return values.reduce((sum, value, i) => sum + of(value, i), 0) / values.length;
}

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function absoluteError(actual: number, forecast = Number.NaN): number {
  return Math.abs(actual - forecast);
}

function symmetricError(actual: number, forecast = Number.NaN): number {
  const size = Math.abs(actual) + Math.abs(forecast);
  return size === 0 ? 0 : (200 * Math.abs(actual - forecast)) / size;
}
