import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { BenchResult } from '../support/bench.ts';
import { BITBRAINS_METRICS, bitbrainsFiles } from './bitbrains.ts';
import type { MachineScores, MachineTask } from './machine-worker.ts';
import { HORIZONS, type HorizonName } from './ops-series.ts';
import { type LevelSummary, type OpsSummary, summarize } from './ops-summary.ts';
import type { Effort } from './prediction.ts';

const EFFORTS: readonly Effort[] = ['full', 'fast'];
/** Of the 50 machines one in so many, and windows of each series and horizon. */
const LONG = { stride: 1, windows: 8 } as const;
const SHORT = { stride: 25, windows: 1 } as const;
/** What a forecast takes is the processor time of its own thread. */
const THREADS = 2;

/** Six metrics of 50 virtual machines, one hour and one day ahead from 28 days of context, in days 58 to 91. */
export async function reportBitbrains(short: boolean): Promise<BenchResult[]> {
  const scores = await measureMachines(short ? SHORT : LONG);
  const horizons = Object.keys(HORIZONS) as HorizonName[];
  return horizons.flatMap((horizon) => {
    const [full, fast] = EFFORTS.map((effort) => measuredAt(scores, horizon, effort));
    if (full === undefined || fast === undefined) throw new Error('nothing was measured');
    const accuracy = short ? shortBars(full, fast) : [...errorBars(full), fastBar(fast)];
    return [...accuracy, ...(horizon === '1 d' ? [full, fast].flatMap((own) => coverageBars(own, short)) : [])];
  });
}

async function measureMachines({ stride, windows }: typeof LONG | typeof SHORT): Promise<MachineScores[]> {
  const filename = join(import.meta.dirname, 'machine-worker.ts');
  const pool = new Piscina({ filename, minThreads: THREADS, maxThreads: THREADS });
  try {
    const tasks = bitbrainsFiles(stride).map(
      (file): MachineTask => ({ file, split: 'report', windows, efforts: EFFORTS }),
    );
    const done: MachineScores[][] = await Promise.all(tasks.map((task) => pool.run(task, { name: 'measureMachine' })));
    return done.flat();
  } finally {
    await pool.destroy();
  }
}

interface Measured {
  readonly title: string;
  readonly all: OpsSummary;
  readonly byMetric: ReadonlyMap<string, OpsSummary>;
  readonly told: readonly number[];
  readonly msPerForecast: number;
}

function measuredAt(scores: readonly MachineScores[], horizon: HorizonName, effort: Effort): Measured {
  const wanted = scores.filter((one) => one.horizon === horizon && one.effort === effort);
  const all = summarize(wanted);
  const seconds = wanted.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return {
    title: `Bitbrains, ${horizon} ahead, ${effort}`,
    all,
    byMetric: new Map(
      BITBRAINS_METRICS.map((metric) => [metric, summarize(wanted.filter(({ series }) => series.metric === metric))]),
    ),
    told: all.levels.map((_, k) => meanTold(wanted, k)),
    msPerForecast: (1000 * seconds) / all.windows,
  };
}

function meanTold(scores: readonly MachineScores[], k: number): number {
  const told = scores.flatMap((one) => one.told.flatMap((shares) => shares[k] ?? [])).filter(Number.isFinite);
  return told.reduce((a, b) => a + b, 0) / told.length;
}

function errorBars(full: Measured): BenchResult[] {
  const { ratio, worse, worseAlways, series } = full.all;
  return [
    {
      bar: `${full.title}: geometric mean of MASE over seasonal naive's <= 0.75 (aim 0.68)`,
      figure: errorOf(full),
      pass: ratio <= 0.75,
    },
    {
      bar: `${full.title}: worse than seasonal naive by more than 5 % on <= 15 % of series`,
      figure: `${percent(worse)} of ${series} (${eachMetric(full, (metric) => percent(metric.worse))})`,
      pass: worse <= 0.15,
    },
    {
      bar: `${full.title}: worse by more than 5 % in every window on <= 5 % of series`,
      figure: `${percent(worseAlways)} (${eachMetric(full, (metric) => percent(metric.worseAlways))})`,
      pass: worseAlways <= 0.05,
    },
  ];
}

function fastBar(fast: Measured): BenchResult {
  return {
    bar: `${fast.title}: geometric mean of MASE over seasonal naive's < 1`,
    figure: `${errorOf(fast)}, worse by more than 5 % on ${percent(fast.all.worse)}`,
    pass: fast.all.ratio < 1,
  };
}

/** Twelve series cannot tell more. */
function shortBars(full: Measured, fast: Measured): BenchResult[] {
  return [full, fast].map((own) => ({
    bar: `${own.title}: geometric mean of MASE over seasonal naive's < 1`,
    figure: errorOf(own),
    pass: own.all.ratio < 1,
  }));
}

function errorOf(own: Measured): string {
  const { ratio, ratioOfErring, erring, series, windows } = own.all;
  const metrics = eachMetric(own, (metric) => metric.ratio.toFixed(2));
  return `${ratio.toFixed(3)} (${metrics}; ${ratioOfErring.toFixed(3)} without limits on the ${erring} of ${series} series where both err; ${windows} windows, ${own.msPerForecast.toFixed(0)} ms CPU each)`;
}

const COVERAGE = {
  long: [
    { from: 0.77, to: 0.83 },
    { from: 0.93, to: 0.97 },
  ],
  short: [
    { from: 0.6, to: 0.96 },
    { from: 0.8, to: 1 },
  ],
} as const;

/** What stands still is covered by its one value far more often than a level asks for, whatever the method. */
function coverageBars(own: Measured, short: boolean): BenchResult[] {
  return own.all.levels.flatMap(({ level, coverage, coverageOfWide, ties, points }, k) => {
    const { from, to } = COVERAGE[short ? 'short' : 'long'][k] ?? { from: Number.NaN, to: Number.NaN };
    const bar = `${own.title}: coverage of the ${100 * level} % interval within ${from}..${to}`;
    const metrics = (of: (summary: LevelSummary) => number) =>
      eachMetric(own, ({ levels }) => (levels[k] ? of(levels[k]).toFixed(3) : '-'));
    const told = own.told[k]?.toFixed(3) ?? '-';
    return [
      {
        bar,
        figure: `${coverage.toFixed(3)} (${metrics((one) => one.coverage)}; told ${told}; ${percent(ties)} of steps on a bound, ${percent(points)} in an interval of one value)`,
        pass: coverage >= from && coverage <= to,
      },
      {
        bar: `${bar}, of the steps where it is more than one value`,
        figure: `${coverageOfWide.toFixed(3)} (${metrics((one) => one.coverageOfWide)})`,
        pass: coverageOfWide >= from && coverageOfWide <= to,
      },
    ];
  });
}

function eachMetric({ byMetric }: Measured, of: (summary: OpsSummary) => string): string {
  return [...byMetric].map(([metric, summary]) => `${metric} ${of(summary)}`).join(', ');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
