import { type Forecast, forecast } from '../src/analytics/index.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';
import { cpuSeconds } from './support/cpu.ts';
import { type M4Series, mean, meanOver, measureAccuracy, owa, readM4Hourly, seasonalScale } from './support/m4.ts';

const HOUR_MS = 3_600_000;
const LEVELS = [0.8, 0.95];
/** One series in so many is measured by `--short`. */
const SHORT_STRIDE = 10;

/** The hourly series of the M4 competition: how right are forecasts and their intervals, and what do they cost. */
export async function run({ short }: BenchOptions): Promise<BenchResult[]> {
  const all = readM4Hourly();
  const series = short ? all.filter((_, i) => i % SHORT_STRIDE === 0) : all;
  const naive2 = measureAccuracy(
    series,
    series.map((s) => s.naive2),
  );
  const seasonalOwa = owa(measureAccuracy(series, series.map(repeatLastDay)), naive2);
  let forecasts: Forecast[] = [];
  const seconds = cpuSeconds(() => {
    forecasts = series.map(({ train, test }) =>
      forecast(train, { horizon: test.length, stepMs: HOUR_MS, levels: LEVELS }),
    );
  });
  const ours = measureAccuracy(
    series,
    forecasts.map((f) => f.mean),
  );
  const figure = owa(ours, naive2);
  const wide = measureIntervals(series, forecasts, 1);
  const narrow = measureIntervals(series, forecasts, 0);
  return [
    ...checkScorer(all),
    {
      bar: `M4 hourly OWA < 0.628 and < seasonal naive on the same series (${seasonalOwa.toFixed(3)})`,
      figure: `${figure.toFixed(3)} (sMAPE ${ours.smape.toFixed(2)}, MASE ${ours.mase.toFixed(3)}, ${series.length} series)`,
      pass: figure < Math.min(0.628, seasonalOwa),
    },
    {
      bar: 'coverage of the 95 % interval within 0.90..0.99',
      figure: `${wide.coverage.toFixed(3)} (MSIS ${wide.score.toFixed(2)}; told by the backtests ${wide.told.toFixed(3)})`,
      pass: wide.coverage >= 0.9 && wide.coverage <= 0.99,
    },
    {
      bar: 'coverage of the 80 % interval within 0.75..0.87',
      figure: `${narrow.coverage.toFixed(3)} (told by the backtests ${narrow.told.toFixed(3)})`,
      pass: narrow.coverage >= 0.75 && narrow.coverage <= 0.87,
    },
    {
      bar: 'series per CPU second > 23',
      figure: (series.length / seconds).toFixed(0),
      pass: series.length / seconds > 23,
    },
  ];
}

/** The published figures of two methods: a scorer that does not give them measures something else. */
function checkScorer(all: readonly M4Series[]): BenchResult[] {
  const naive2 = measureAccuracy(
    all,
    all.map((s) => s.naive2),
  );
  const seasonal = owa(measureAccuracy(all, all.map(repeatLastDay)), naive2);
  return [
    {
      bar: 'scorer: Naive2 has sMAPE 18.383 and MASE 2.395',
      figure: `${naive2.smape.toFixed(3)} and ${naive2.mase.toFixed(3)}`,
      pass: Math.abs(naive2.smape - 18.383) < 5e-4 && Math.abs(naive2.mase - 2.395) < 5e-4,
    },
    {
      bar: 'scorer: seasonal naive has OWA 0.628',
      figure: seasonal.toFixed(3),
      pass: Math.abs(seasonal - 0.628) < 6e-4,
    },
  ];
}

function repeatLastDay({ train, test }: M4Series): Float64Array {
  return test.map((_, h) => train[train.length - 24 + (h % 24)] ?? Number.NaN);
}

/** Coverage and mean scaled interval score (Gneiting & Raftery 2007) of the k-th level, and the coverage that was told. */
function measureIntervals(series: readonly M4Series[], forecasts: readonly Forecast[], k: number) {
  const scored = forecasts.map((f, i) => {
    const { train = new Float64Array(), test = new Float64Array() } = series[i] ?? {};
    const { level = Number.NaN, lower = test, upper = test } = f.intervals[k] ?? {};
    const bandAt = (h: number) => ({ low: lower[h] ?? Number.NaN, high: upper[h] ?? Number.NaN });
    const inside = meanOver(test, (y, h) => (y >= bandAt(h).low && y <= bandAt(h).high ? 1 : 0));
    const score = meanOver(test, (y, h) => {
      const { low, high } = bandAt(h);
      return high - low + (2 / (1 - level)) * (Math.max(0, low - y) + Math.max(0, y - high));
    });
    return { inside, score: score / seasonalScale(train), told: f.backtest?.coverage[k]?.actual ?? Number.NaN };
  });
  return {
    coverage: mean(scored.map((s) => s.inside)),
    score: mean(scored.map((s) => s.score)),
    told: mean(scored.map((s) => s.told)),
  };
}

if (import.meta.main) await runDirectly(run);
