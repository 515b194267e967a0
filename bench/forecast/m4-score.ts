import { type Accuracy, type M4Series, mean, meanOver, measureAccuracy, seasonalScale } from '../support/m4.ts';
import type { IntervalPrediction, Prediction } from './prediction.ts';

const HORIZON = 48;

/** The training parts alone: the last 48 hours of each as its test, and as many earlier ones as there are origins. */
export function m4Development(series: readonly M4Series[], origins: number): M4Series[] {
  return series.flatMap(({ train }) =>
    Array.from({ length: origins }, (_, i) => {
      const end = train.length - i * HORIZON;
      const [past, test] = [train.slice(0, end - HORIZON), train.slice(end - HORIZON, end)];
      return { train: past, test, naive2: repeatLastDay({ train: past, test }) };
    }),
  );
}

export function repeatLastDay({ train, test }: Pick<M4Series, 'train' | 'test'>): Float64Array {
  return test.map((_, h) => train[train.length - 24 + (h % 24)] ?? Number.NaN);
}

export interface M4Score {
  readonly accuracy: Accuracy;
  readonly levels: readonly M4LevelScore[];
}

export interface M4LevelScore {
  readonly level: number;
  readonly coverage: number;
  /** What the forecasts' own backtests told, on average over those that told. */
  readonly told: number;
  /** Mean scaled interval score (Gneiting & Raftery 2007), scaled as MASE is. */
  readonly msis: number;
}

type Told = Prediction & { readonly told?: readonly number[] | null };

export function scoreM4(series: readonly M4Series[], predictions: readonly Told[]): M4Score {
  const accuracy = measureAccuracy(
    series,
    predictions.map(({ mean: middle }) => Float64Array.from(middle)),
  );
  const [known] = predictions.filter(({ intervals }) => intervals.length > 0);
  const levels = known?.intervals.map(({ level }, k) => scoreLevel(series, predictions, { level, k })) ?? [];
  return { accuracy, levels };
}

function scoreLevel(
  series: readonly M4Series[],
  predictions: readonly Told[],
  { level, k }: { readonly level: number; readonly k: number },
): M4LevelScore {
  const scored = series.map(({ train, test }, i) => {
    const { lower, upper } = intervalOf(predictions[i], level);
    const low = (h: number) => lower[h] ?? Number.NaN;
    const high = (h: number) => upper[h] ?? Number.NaN;
    const inside = meanOver(test, (y, h) => (y >= low(h) && y <= high(h) ? 1 : 0));
    const missed = (y: number, h: number) => Math.max(0, low(h) - y) + Math.max(0, y - high(h));
    const score = meanOver(test, (y, h) => high(h) - low(h) + (2 / (1 - level)) * missed(y, h));
    return { inside, msis: score / seasonalScale(train) };
  });
  const told = predictions.flatMap((prediction) => prediction.told?.[k] ?? []).filter(Number.isFinite);
  return {
    level,
    coverage: mean(scored.map(({ inside }) => inside)),
    told: mean(told),
    msis: mean(scored.map(({ msis }) => msis)),
  };
}

/** A forecast without an interval is held to be sure of itself. */
function intervalOf(prediction: Prediction | undefined, level: number): Omit<IntervalPrediction, 'level'> {
  const { mean: middle = [], intervals = [] } = prediction ?? {};
  return intervals.find((interval) => interval.level === level) ?? { lower: middle, upper: middle };
}
