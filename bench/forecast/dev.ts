// node bench/forecast/dev.ts [options]: how forecasts do on the data that methods may be chosen and tuned on: M4's
// training parts (their last 48 hours as the test), Bitbrains in days 28 to 57, and NAB. What the bench reports on is not
// looked at: M4's test part, Bitbrains from day 58 on.
//   --source m4,bitbrains,nab   --effort full,fast   --models: which were chosen   --metrics: a line for each of them
//   --stride N: every Nth series of M4, machine of Bitbrains, N/5th series of NAB (5)   --windows N: of each series (4)
//   --origins N: M4, each 48 hours before the other (1)   --no-step: M4 without its step, which makes a day and a week likely
import { parseArgs } from 'node:util';
import { mean, measureAccuracy, readM4Hourly } from '../support/m4.ts';
import { bitbrainsFiles, readMachine } from './bitbrains.ts';
import { m4Development, repeatLastDay, scoreM4 } from './m4-score.ts';
import { measureSeries } from './measure-series.ts';
import { readNab } from './nab.ts';
import { HORIZONS, HOUR_MS, type OpsSeries } from './ops-series.ts';
import { type OpsSummary, summarize } from './ops-summary.ts';
import { type Effort, type OwnPrediction, predict } from './prediction.ts';
import { laterHalfWindows, traceWindows, type Window } from './windows.ts';

const { values: args } = parseArgs({
  options: {
    stride: { type: 'string', default: '5' },
    effort: { type: 'string', default: 'full' },
    source: { type: 'string', default: 'm4,bitbrains,nab' },
    windows: { type: 'string', default: '4' },
    origins: { type: 'string', default: '1' },
    models: { type: 'boolean', default: false },
    metrics: { type: 'boolean', default: false },
    'no-step': { type: 'boolean', default: false },
  },
});
const stride = Number(args.stride);
const windows = Number(args.windows);
const sources = args.source.split(',');

for (const effort of args.effort.split(',') as Effort[]) {
  if (sources.includes('m4')) showM4(effort);
  const ops = [
    { source: 'bitbrains', read: (every: number) => bitbrainsFiles(every).flatMap(readMachine), cut: traceDevelopment },
    { source: 'nab', read: (every: number) => readNab(Math.max(1, Math.floor(every / 5))), cut: laterHalfWindows },
  ];
  for (const { source, read, cut } of ops) {
    if (!sources.includes(source)) continue;
    const series = read(stride);
    for (const [name, horizonMs] of Object.entries(HORIZONS))
      showOps(`${source} ${name} ${effort}`, series, (s) => cut(s, Math.round(horizonMs / s.stepMs), windows), effort);
  }
}

function traceDevelopment(series: OpsSeries, horizon: number, count: number): Window[] {
  return traceWindows(series, 'dev', horizon, count);
}

function showM4(effort: Effort): void {
  const series = m4Development(
    readM4Hourly().filter((_, i) => i % stride === 0),
    Number(args.origins),
  );
  const seasonal = measureAccuracy(series, series.map(repeatLastDay));
  const stepMs = args['no-step'] ? undefined : HOUR_MS;
  const own = series.map(({ train, test }) => predict(train, { horizon: test.length, stepMs, effort }));
  const { accuracy, levels } = scoreM4(series, own);
  const relative = (accuracy.mase / seasonal.mase + accuracy.smape / seasonal.smape) / 2;
  console.log(
    `m4 ${effort}: ${series.length} forecasts, ${relative.toFixed(3)} of seasonal naive (OWA about ${(0.628 * relative).toFixed(3)}), MASE ${accuracy.mase.toFixed(3)} (${seasonal.mase.toFixed(3)}), sMAPE ${accuracy.smape.toFixed(2)} (${seasonal.smape.toFixed(2)})`,
  );
  for (const { level, coverage, told, msis } of levels)
    console.log(`  ${level}: covered ${coverage.toFixed(3)}, told ${told.toFixed(3)}, MSIS ${msis.toFixed(2)}`);
  showCost(own);
}

function showOps(
  title: string,
  series: readonly OpsSeries[],
  cut: (series: OpsSeries) => Window[],
  effort: Effort,
): void {
  const measured = series.map((one) => measureSeries(one, cut(one), effort));
  const scores = measured.map((one) => one.scores);
  console.log(`${title}: ${describe(summarize(scores))}`);
  if (args.metrics) {
    for (const metric of new Set(series.map((s) => s.metric)))
      console.log(
        `  ${metric.padEnd(18)} ${describe(summarize(scores.filter((one) => one.series.metric === metric)))}`,
      );
  }
  showCost(measured.flatMap(({ predictions }) => predictions));
}

function describe({
  series,
  windows: count,
  ratio,
  ratioOfErring,
  erring,
  worse,
  worseAlways,
  levels,
}: OpsSummary): string {
  const bands = levels.map(
    ({ level, coverage, ties, points, score }) =>
      `${level}: ${coverage.toFixed(3)} (ties ${ties.toFixed(2)}, points ${points.toFixed(2)}, score ${score.toFixed(2)})`,
  );
  return `${series} series, ${count} windows, ratio ${ratio.toFixed(3)} (${ratioOfErring.toFixed(3)} on ${erring}), worse ${worse.toFixed(3)}, always ${worseAlways.toFixed(3)}; ${bands.join('; ')}`;
}

function showCost(own: readonly OwnPrediction[]): void {
  const seconds = own.map(({ cpuSeconds }) => cpuSeconds);
  console.log(
    `  ${(mean(seconds) * 1000).toFixed(1)} ms CPU a forecast, ${(mean(seconds) * seconds.length).toFixed(1)} s in all`,
  );
  if (!args.models) return;
  const counts = new Map<string, number>();
  for (const { model } of own) counts.set(model, (counts.get(model) ?? 0) + 1);
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, 12);
  console.log(`  ${most.map(([model, count]) => `${model} ${count}`).join(', ')}`);
}
