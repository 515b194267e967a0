import { readdirSync } from 'node:fs';
import { type AnomalyInterval, detectBatch } from '../../src/analytics/index.ts';
import { createRandom } from '../../test/support/random.ts';
import type { BenchResult } from '../support/bench.ts';
import { cpuSeconds } from '../support/cpu.ts';
import { dataPath, readCsv } from '../support/data.ts';

const STEP_MS = 300_000;
const DAY = 288;
const WEEK = 7 * DAY;
/** One virtual machine in so many is measured by `--short`. */
const SHORT_STRIDE = 5;
const COST_ROUNDS = 7;

/** The intervals of the batch detector: what it finds, what it makes up, and how its cost grows. */
export function reportIntervals(short: boolean): BenchResult[] {
  const machines = readMachines(short ? SHORT_STRIDE : 1);
  return [...measureRecall(machines), measureFalsePositives(short ? 5 : 50), ...measureCost(short ? 25_000 : 50_000)];
}

/** CPU use in MHz of each virtual machine: five-minute means, four weeks from the end of the first one on. */
function readMachines(stride: number): Float64Array[] {
  const folder = dataPath('bitbrains');
  return readdirSync(folder)
    .sort()
    .filter((_, i) => i % stride === 0)
    .map((file) => {
      const [header = [], ...rows] = readCsv(dataPath('bitbrains', file));
      const column = header.indexOf('cpu_mhz');
      return Float64Array.from(rows.slice(WEEK, 5 * WEEK), (row) => Number(row[column] ?? Number.NaN));
    })
    .filter((values) => values.length >= 3 * WEEK);
}

const INJECTIONS = {
  spike: { steps: 3, sign: 1 },
  dropout: { steps: 12, sign: -1 },
  shift: { steps: Number.POSITIVE_INFINITY, sign: 1 },
} as const;
/** Sizes of an injection in usual deviations (see `usualSize`), and the recall that a change must not fall below. */
const SIZES = [
  { size: 8, atLeast: 0.55 },
  { size: 20, atLeast: 0.7 },
] as const;

/**
 * The share of injected anomalies that are found where they were put, each on an untouched copy at a seeded place.
 * Machines that have an anomaly of their own there are left out, as it would be counted as found. The traces are bursty:
 * an injection may drown in bursts of the same size.
 */
function measureRecall(machines: readonly Float64Array[]): BenchResult[] {
  const own = machines.map((clean) => ({ clean, before: detectBatch(clean, { stepMs: STEP_MS }).anomalies }));
  return SIZES.flatMap(({ size, atLeast }) =>
    Object.entries(INJECTIONS).map(([name, { steps, sign }], seed) => {
      const random = createRandom(seed + 1);
      const outcomes = own.flatMap(({ clean, before }) => {
        const start = Math.floor(clean.length * (0.4 + 0.4 * random.uniform()));
        const end = start + Math.min(steps, DAY);
        if (overlaps(before, start, end)) return [];
        const added = sign * size * usualSize(clean);
        const values = clean.map((value, i) => (i >= start && i < start + steps ? value + added : value));
        return [overlaps(detectBatch(values, { stepMs: STEP_MS }).anomalies, start, end)];
      });
      const recall = outcomes.filter((found) => found).length / outcomes.length;
      return {
        bar: `recall on Bitbrains CPU of an injected ${name} of ${size} usual deviations >= ${atLeast}`,
        figure: `${recall.toFixed(2)} (${outcomes.length} of ${machines.length} machines, calm there otherwise)`,
        pass: recall >= atLeast,
      };
    }),
  );
}

function overlaps(anomalies: readonly AnomalyInterval[], start: number, end: number): boolean {
  return anomalies.some((a) => a.startIndex < end && a.endIndex > start);
}

/** The robust standard deviation around the machine's median; at least 1 MHz, as some machines only idle. */
function usualSize(values: Float64Array): number {
  const middle = median(values);
  return Math.max(1, 1.4826 * median(values.map((value) => Math.abs(value - middle))));
}

function median(values: Float64Array): number {
  return values.toSorted()[values.length >> 1] ?? Number.NaN;
}

/** A machine without trouble: a daily rhythm, noise with memory, a nightly job of uneven height. */
function cleanWeeks(weeks: number, seed: number): Float64Array {
  const random = createRandom(seed);
  let memory = 0;
  return Float64Array.from({ length: weeks * WEEK }, (_, i) => {
    memory = 0.7 * memory + random.normal();
    const job = i % DAY >= 24 && i % DAY < 36 ? 30 + 3 * random.normal() : 0;
    return 40 + 10 * Math.sin((2 * Math.PI * i) / DAY) + job + memory;
  });
}

function measureFalsePositives(runs: number): BenchResult {
  const weeks = 4;
  let intervals = 0;
  for (let seed = 1; seed <= runs; seed++) {
    intervals += detectBatch(cleanWeeks(weeks, seed), { stepMs: STEP_MS }).anomalies.length;
  }
  const aWeek = intervals / (runs * weeks);
  return {
    bar: 'false positives a week on clean synthetic series <= 1',
    figure: `${aWeek.toFixed(2)} (${runs} series of ${weeks} weeks)`,
    pass: aWeek <= 1,
  };
}

/**
 * Cost at n, 2n and 4n, each the least of rounds in turn: what else the machine does then meets all of them alike, and
 * only adds. Linear quadruples where quadratic grows sixteenfold.
 */
function measureCost(points: number): BenchResult[] {
  const sizes = [1, 2, 4].map((factor) =>
    cleanWeeks(Math.ceil((factor * points) / WEEK), 1).subarray(0, factor * points),
  );
  const rounds = Array.from({ length: COST_ROUNDS }, () =>
    sizes.map((values) => cpuSeconds(() => detectBatch(values, { stepMs: STEP_MS }))),
  );
  const seconds = sizes.map((_, i) => Math.min(...rounds.map((took) => took[i] ?? Number.NaN)));
  const [once = Number.NaN, twice = Number.NaN, fourTimes = Number.NaN] = seconds;
  return [
    {
      bar: 'points per CPU second > 50,000',
      figure: `${Math.round((4 * points) / fourTimes)} at ${4 * points} points`,
      pass: (4 * points) / fourTimes > 50_000,
    },
    {
      bar: `cost grows linearly: 4n costs < 6 times n (n = ${points})`,
      figure: `${(twice / once).toFixed(2)} times at 2n, ${(fourTimes / once).toFixed(2)} times at 4n`,
      pass: fourTimes / once < 6,
    },
  ];
}
