import type { BenchResult } from '../support/bench.ts';
import { bitbrainsFiles, readMachine } from './bitbrains.ts';
import { type Absent, type Forecasts, forecastInTurn, type Method, ownMethod, type Task } from './method.ts';
import { DAY_MS, HORIZONS, type OpsSeries } from './ops-series.ts';
import { type OpsSummary, summarize } from './ops-summary.ts';
import { openAugurs } from './peers/augurs.ts';
import { openStlf } from './peers/r-stlf.ts';
import type { Prediction } from './prediction.ts';
import { scoreWindow, seasonalNaive } from './window-score.ts';
import { traceWindows, type Window } from './windows.ts';

/** Every tenth machine and two windows a series: a peer takes a second or more for some forecasts. */
const STRIDE = 10;
const WINDOWS = 2;
const ROUNDS = 5;

/** Ours and peers on the same few windows of Bitbrains; peers are told the day as the season. */
export async function reportBitbrainsPeers(): Promise<BenchResult[]> {
  const peers = [await openAugurs(), openStlf()];
  const methods = [ownMethod('full'), ...peers.filter((peer) => 'forecast' in peer)];
  const series = bitbrainsFiles(STRIDE).flatMap(readMachine);
  const results: BenchResult[] = [];
  for (const [horizon, horizonMs] of Object.entries(HORIZONS)) {
    const windows = series.flatMap((one) => traceWindows(one, 'report', horizonMs / one.stepMs, WINDOWS));
    const forecasts = await forecastInTurn(methods, windows.map(taskOf), { rounds: ROUNDS, warmUp: [] });
    const measured = methods.map(({ name }) => measure(name, windows, forecasts.get(name)));
    results.push(...peers.map((peer) => compare(horizon, peer, measured)));
  }
  return results;
}

function taskOf({ series, history, actual }: Window): Task {
  return { history, horizon: actual.length, stepMs: series.stepMs, periods: [DAY_MS / series.stepMs] };
}

interface Measured {
  readonly name: string;
  readonly summary: OpsSummary;
  readonly perSecond: number;
  readonly failed: number;
}

function measure(name: string, windows: readonly Window[], forecasts: Forecasts | undefined): Measured {
  const { predictions, cpuSeconds } = forecasts ?? { predictions: [], cpuSeconds: Number.NaN };
  const bySeries = new Map<OpsSeries, ReturnType<typeof scoreWindow>[]>();
  for (const [i, window] of windows.entries()) {
    const scores = bySeries.get(window.series) ?? [];
    scores.push(scoreWindow(window, predictions[i] ?? standIn(window)));
    bySeries.set(window.series, scores);
  }
  return {
    name,
    summary: summarize([...bySeries].map(([series, scores]) => ({ series, windows: scores }))),
    perSecond: windows.length / cpuSeconds,
    failed: predictions.filter((prediction) => prediction === null).length,
  };
}

/** Where a peer has no forecast, e.g. of a constant series, it gets the baseline's, and its place is counted. */
function standIn(window: Window): Prediction {
  return { mean: seasonalNaive(window), intervals: [] };
}

function compare(horizon: string, { name, ...peer }: Method | Absent, measured: readonly Measured[]): BenchResult {
  const bar = `Bitbrains, ${horizon} ahead, every ${STRIDE}th machine, full: error below that of ${name}`;
  const [own] = measured;
  const theirs = measured.find((one) => one.name === name);
  if (own === undefined || theirs === undefined)
    return { bar, figure: 'absent' in peer ? peer.absent : 'not opened', pass: null };
  return { bar, figure: `${line(own)}; ${line(theirs)}`, pass: own.summary.ratio < theirs.summary.ratio };
}

function line({ name, summary, perSecond, failed }: Measured): string {
  const { ratio, ratioOfErring, erring, worse, windows } = summary;
  const refused = failed === 0 ? '' : `, ${failed} of ${windows} refused`;
  return `${name} ${ratio.toFixed(2)} of seasonal naive (${ratioOfErring.toFixed(2)} on the ${erring} series where both err), worse on ${(100 * worse).toFixed(0)} %, ${perSecond.toFixed(1)} a CPU second${refused}`;
}
