import type { BenchResult } from '../support/bench.ts';
import { type M4Series, measureAccuracy, owa, readM4Hourly } from '../support/m4.ts';
import { type M4Score, repeatLastDay, scoreM4 } from './m4-score.ts';
import { type Absent, forecastInTurn, type Method, ownMethod, type Task, type TurnForecasts } from './method.ts';
import { HOUR_MS } from './ops-series.ts';
import { openPeers } from './peers/open-peers.ts';
import type { Effort, Prediction } from './prediction.ts';

/** One series in so many is measured by `--short`. */
const SHORT_STRIDE = 10;
/** Methods take turns on this many parts of the series, in reverse order every other time. */
const ROUNDS = 2;
const PERIODS = [24, 168];
/** One training part in so many, without its end, is forecast before anything is counted. */
const WARM_UP_STRIDE = 8;

/** A method on the test part of M4 hourly. */
interface Measured extends M4Score {
  readonly name: string;
  readonly owa: number;
  /** Series per CPU second, of those that count. */
  readonly perSecond: number;
  /** Of the warm-up, in which our code is compiled. */
  readonly perSecondAtFirst: number;
  /** Series for which seasonal naive stood in, as the method had no forecast. */
  readonly failed: number;
}

/** The hourly series of the M4 competition: how right are forecasts and their intervals, and what do they cost. */
export async function reportM4(short: boolean): Promise<BenchResult[]> {
  const all = readM4Hourly();
  const series = short ? all.filter((_, i) => i % SHORT_STRIDE === 0) : all;
  const peers = short ? [] : await openPeers();
  const methods = [ownMethod('full'), ownMethod('fast'), ...peers.filter((peer) => 'forecast' in peer)];
  const warmUp = all.filter((_, i) => i % WARM_UP_STRIDE === 0).map(taskBefore);
  const turns = short ? { rounds: 1, warmUp: [] } : { rounds: ROUNDS, warmUp };
  const forecasts = await forecastInTurn(methods, series.map(taskOf), turns);
  const measured = methods.map((method) => measure(method, { series, warmUp }, forecasts.get(method.name)));
  const [full, fast, ...others] = measured;
  if (full === undefined || fast === undefined) throw new Error('nothing was measured');
  return [
    ...checkScorer(all),
    ...(short ? shortBars(series, { full, fast }) : accuracyBars({ full, fast })),
    ...[full, fast].flatMap((own) => coverageBars(own, short)),
    ...(short ? [costOnly({ full, fast })] : peerBars({ full, fast }, others, peers)),
  ];
}

function taskOf({ train, test }: M4Series): Task {
  return { history: train, horizon: test.length, stepMs: HOUR_MS, periods: PERIODS };
}

/** The same with the training part cut where its own test would begin. */
function taskBefore({ train, test }: M4Series): Task {
  return {
    history: train.subarray(0, train.length - test.length),
    horizon: test.length,
    stepMs: HOUR_MS,
    periods: PERIODS,
  };
}

function measure(
  { name }: Method,
  { series, warmUp }: { readonly series: readonly M4Series[]; readonly warmUp: readonly Task[] },
  forecasts: TurnForecasts | undefined,
): Measured {
  const { predictions, cpuSeconds, warmUpSeconds } = forecasts ?? {
    predictions: [],
    cpuSeconds: Number.NaN,
    warmUpSeconds: Number.NaN,
  };
  const usable = series.map((one, i) => predictions[i] ?? standIn(one));
  const naive2 = measureAccuracy(
    series,
    series.map((s) => s.naive2),
  );
  const score = scoreM4(series, usable);
  return {
    ...score,
    name,
    owa: owa(score.accuracy, naive2),
    perSecond: series.length / cpuSeconds,
    perSecondAtFirst: warmUp.length / warmUpSeconds,
    failed: predictions.filter((prediction) => prediction === null).length,
  };
}

function standIn(series: M4Series): Prediction {
  return { mean: repeatLastDay(series), intervals: [] };
}

/** The published figures of two methods: a scorer that does not give them measures something else. */
function checkScorer(all: readonly M4Series[]): BenchResult[] {
  const naive2 = measureAccuracy(
    all,
    all.map((s) => s.naive2),
  );
  const seasonal = seasonalOwa(all);
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

function seasonalOwa(series: readonly M4Series[]): number {
  const naive2 = measureAccuracy(
    series,
    series.map((s) => s.naive2),
  );
  return owa(measureAccuracy(series, series.map(repeatLastDay)), naive2);
}

type Own = Readonly<Record<Effort, Measured>>;

function accuracyBars({ full, fast }: Own): BenchResult[] {
  const msis = wide(full).msis;
  return [
    { bar: 'M4 hourly, full: OWA <= 0.50 (aim 0.44)', figure: accuracyOf(full), pass: full.owa <= 0.5 },
    {
      bar: 'M4 hourly, full: MASE <= 1.00 (aim 0.89)',
      figure: full.accuracy.mase.toFixed(3),
      pass: full.accuracy.mase <= 1,
    },
    { bar: 'M4 hourly, full: MSIS of the 95 % interval <= 9.0 (aim 7.5)', figure: msis.toFixed(2), pass: msis <= 9 },
    { bar: 'M4 hourly, fast: OWA < 0.60', figure: accuracyOf(fast), pass: fast.owa < 0.6 },
  ];
}

/** A tenth of the series has an OWA of its own: it is held against seasonal naive on the same ones. */
function shortBars(series: readonly M4Series[], own: Own): BenchResult[] {
  const naive = seasonalOwa(series);
  return [own.full, own.fast].map((measured) => ({
    bar: `M4 hourly, every ${SHORT_STRIDE}th series, ${measured.name}: OWA below seasonal naive's ${naive.toFixed(3)}`,
    figure: accuracyOf(measured),
    pass: measured.owa < naive,
  }));
}

function accuracyOf({ owa: figure, accuracy: { smape, mase } }: Measured): string {
  return `${figure.toFixed(3)} (sMAPE ${smape.toFixed(2)}, MASE ${mase.toFixed(3)})`;
}

const COVERAGE = {
  long: [
    { from: 0.77, to: 0.83 },
    { from: 0.93, to: 0.97 },
  ],
  short: [
    { from: 0.7, to: 0.9 },
    { from: 0.88, to: 0.99 },
  ],
} as const;

function coverageBars({ name, levels }: Measured, short: boolean): BenchResult[] {
  return levels.map(({ level, coverage, told, msis }, k) => {
    const { from, to } = COVERAGE[short ? 'short' : 'long'][k] ?? { from: Number.NaN, to: Number.NaN };
    return {
      bar: `M4 hourly, ${name}: coverage of the ${100 * level} % interval within ${from}..${to}`,
      figure: `${coverage.toFixed(3)} (told by the backtests ${told.toFixed(3)}, MSIS ${msis.toFixed(2)})`,
      pass: coverage >= from && coverage <= to,
    };
  });
}

function costOnly({ full, fast }: Own): BenchResult {
  return {
    bar: 'M4 hourly: series per CPU second beside peers',
    figure: `only without --short; ${full.perSecond.toFixed(0)} full and ${fast.perSecond.toFixed(0)} fast, the engine's compiling included`,
    pass: null,
  };
}

/** How many times a peer's series per CPU second one of ours has to forecast, at a better OWA. */
const SPEED_BARS = [
  { effort: 'fast', peer: 'augurs MSTL + ETS', times: 5 },
  { effort: 'fast', peer: 'R stlf', times: 13 },
  { effort: 'full', peer: 'R stlf', times: 1 },
] as const;

function peerBars(own: Own, others: readonly Measured[], peers: readonly (Method | Absent)[]): BenchResult[] {
  const speeds = SPEED_BARS.map(({ effort, peer, times }) => ({
    bar: `M4 hourly, ${effort}: >= ${times} times the series per CPU second of ${peer}, at a better OWA`,
    ...against(peer, others, peers, (theirs) => {
      const ratio = own[effort].perSecond / theirs.perSecond;
      return {
        figure: `${ratio.toFixed(1)} times (${own[effort].perSecond.toFixed(1)}, the first ones ${own[effort].perSecondAtFirst.toFixed(1)}, and ${peerLine(theirs)})`,
        pass: ratio >= times && own[effort].owa < theirs.owa,
      };
    }),
  }));
  const better = peers.map(({ name }) => ({
    bar: `M4 hourly, full: OWA and MSIS below those of ${name}`,
    ...against(name, others, peers, (theirs) => ({
      figure: `${own.full.owa.toFixed(3)} and ${wide(own.full).msis.toFixed(2)}, beside ${peerLine(theirs)}`,
      pass: own.full.owa < theirs.owa && wide(own.full).msis < wide(theirs).msis,
    })),
  }));
  return [...speeds, ...better];
}

function against(
  name: string,
  others: readonly Measured[],
  peers: readonly (Method | Absent)[],
  judge: (theirs: Measured) => Omit<BenchResult, 'bar'>,
): Omit<BenchResult, 'bar'> {
  const theirs = others.find((other) => other.name === name);
  if (theirs !== undefined) return judge(theirs);
  const missing = peers.find((peer) => peer.name === name);
  return { figure: missing !== undefined && 'absent' in missing ? missing.absent : 'not opened', pass: null };
}

function peerLine(theirs: Measured): string {
  const { coverage, msis } = wide(theirs);
  const failed = theirs.failed === 0 ? '' : `, ${theirs.failed} failed`;
  return `${theirs.perSecond.toFixed(1)} a CPU second, OWA ${accuracyOf(theirs)}, 95 %: MSIS ${msis.toFixed(2)}, covered ${coverage.toFixed(3)}${failed}`;
}

function wide({ levels }: Measured) {
  const found = levels.find(({ level }) => level === 0.95);
  if (found === undefined) throw new Error('no interval at 95 %');
  return found;
}
