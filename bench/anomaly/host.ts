import { readdirSync } from 'node:fs';
import { detectHost, type HostAnomaly, type HostMetric } from '../../src/analytics/index.ts';
import { quantile } from '../../src/core/statistics.ts';
import { createRandom } from '../../test/support/random.ts';
import type { BenchResult } from '../support/bench.ts';
import { cpuSeconds } from '../support/cpu.ts';
import { dataPath, readCsv } from '../support/data.ts';

const STEP_MS = 300_000;
const DAY = 288;
const WEEK = 7 * DAY;
/** Of a virtual machine, what varies with what it does. */
const VARYING = ['cpu_mhz', 'mem_kb', 'disk_read_kbs', 'disk_write_kbs', 'net_rx_kbs', 'net_tx_kbs'] as const;
/** The second week to the fifth. */
const WEEKS = 4;
const MACHINES_A_HOST = 4;
/** Fewer say nothing of a percentile. */
const MIN_HOSTS = 5;
/** A floor that a change must not fall below, no target: what is put in drowns in bursts of its size. */
const BITBRAINS_RECALL = 0.3;

/** Where the metrics of a host are odd together: what is found, what is made up, and what it costs. */
export function reportHosts(short: boolean): BenchResult[] {
  const seeds = short ? 3 : 20;
  const machines = readMachines(short);
  return [
    ...measureBitbrains(machines),
    ...(short ? [] : [machines, joinMachines(machines)].flatMap(measureBitbrainsRecall)),
    ...measureFalseOnes(short ? [5, 30] : [5, 30, 200], seeds),
    ...measureRecall(short ? [5, 30] : [2, 5, 30, 200], seeds),
    measureCost(short ? 50 : 200),
  ];
}

/** The machines at odd places: constants were set on the others. */
function readMachines(short: boolean): HostMetric[][] {
  const files = readdirSync(dataPath('bitbrains')).sort();
  return files.filter((_, i) => i % (short ? 10 : 2) === 1).map(readMachine);
}

/** The varying metrics of a virtual machine over {@link WEEKS}. */
function readMachine(file: string): HostMetric[] {
  const [header = [], ...rows] = readCsv(dataPath('bitbrains', file));
  const weeks = rows.slice(WEEK, (1 + WEEKS) * WEEK);
  return VARYING.map((name) => {
    const column = header.indexOf(name);
    return { id: `${file}/${name}`, values: Float64Array.from(weeks, (row) => Number(row[column] ?? Number.NaN)) };
  });
}

/** Machines side by side as one host; those that are left over are left out. */
function joinMachines(machines: readonly HostMetric[][]): HostMetric[][] {
  const hosts = Array.from({ length: Math.floor(machines.length / MACHINES_A_HOST) }, (_, k) =>
    machines.slice(k * MACHINES_A_HOST, (k + 1) * MACHINES_A_HOST),
  );
  return hosts.map((group) => {
    const steps = Math.min(...group.map(([first]) => first?.values.length ?? 0));
    return group.flat().map(({ id, values }) => ({ id, values: values.subarray(0, steps) }));
  });
}

function measureBitbrains(machines: readonly HostMetric[][]): BenchResult[] {
  const kinds = [
    { name: 'a machine', hosts: machines },
    { name: `${MACHINES_A_HOST} machines as one host`, hosts: joinMachines(machines) },
  ].filter(({ hosts }) => hosts.length >= MIN_HOSTS);
  return kinds.map(({ name, hosts }) => {
    const rates = Float64Array.from(hosts, intervalsAWeek).sort();
    const [median, high] = [quantile(rates, 0.5), quantile(rates, 0.95)];
    return {
      bar: `host intervals a week on Bitbrains, ${name}: median <= 1, 95th percentile <= 3`,
      figure: `${median.toFixed(2)} and ${high.toFixed(2)} (${hosts.length} hosts of ${hosts[0]?.length} metrics)`,
      pass: median <= 1 && high <= 3,
    };
  });
}

function intervalsAWeek(host: readonly HostMetric[]): number {
  const steps = host[0]?.values.length ?? 0;
  return detectHost(host, { stepMs: STEP_MS }).anomalies.length / (steps / WEEK);
}

/** Metrics that follow one load, each in a unit of its own and with its own noise. */
function loadedHost(metrics: number, seed: number): HostMetric[] {
  const random = createRandom(seed);
  let memory = 0;
  const load = Float64Array.from({ length: WEEK }, (_, i) => {
    memory = 0.9 * memory + 0.4 * random.normal();
    return Math.sin((2 * Math.PI * i) / DAY) + memory;
  });
  return Array.from({ length: metrics }, (_, j) => ({
    id: `${j}`,
    values: load.map((value) => 10 ** ((j % 7) - 3) * (50 + 10 * value + 2 * random.normal())),
  }));
}

/** Metrics that have nothing to do with each other, the noise of every other one exponential. */
function unrelatedHost(metrics: number, seed: number): HostMetric[] {
  const random = createRandom(seed);
  return Array.from({ length: metrics }, (_, j) => ({
    id: `${j}`,
    values: new Float64Array(2 * WEEK).map(() =>
      j % 2 === 0 ? 50 + 10 * random.normal() : -10 * Math.log(1 - random.uniform()),
    ),
  }));
}

function measureFalseOnes(sizes: readonly number[], seeds: number): BenchResult[] {
  const kinds = [
    ...sizes.map((metrics) => ({
      name: `${metrics} metrics of one load`,
      make: (seed: number) => loadedHost(metrics, seed),
    })),
    { name: '20 unrelated metrics, half of exponential noise', make: (seed: number) => unrelatedHost(20, seed) },
  ];
  return kinds.map(({ name, make }) => {
    let rate = 0;
    for (let seed = 1; seed <= seeds; seed++) rate += intervalsAWeek(make(seed)) / seeds;
    return {
      bar: `false host intervals a week, ${name} <= 0.5`,
      figure: `${rate.toFixed(2)} (${seeds} hosts)`,
      pass: rate <= 0.5,
    };
  });
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Injection {
  readonly steps: number;
  /** In place, between `start` and `end`. */
  readonly apply: (metrics: readonly HostMetric[], odd: HostMetric, range: Range) => void;
  /** Whether the odd metric has to be named first. */
  readonly named: boolean;
}

const INJECTIONS: Readonly<Record<string, Injection>> = {
  'a metric turned round within its range': { steps: 40, apply: (_, odd, range) => turnRound(odd, range), named: true },
  'a shift of one metric by two of its deviations': {
    steps: 36,
    apply: (_, odd, range) => add(odd, range, 2 * deviationOf(odd)),
    named: true,
  },
  'a shift of all metrics by six of their deviations': {
    steps: 36,
    apply: (metrics, _, range) => {
      for (const metric of metrics) add(metric, range, 6 * deviationOf(metric));
    },
    named: false,
  },
};

/** In terms of how far its 99 % quantile is above its median: the traces are bursty. */
const BITBRAINS_INJECTIONS: Readonly<Record<string, Injection>> = {
  'a shift of one metric for three hours by as much as it bursts': {
    steps: 36,
    apply: (_, odd, range) => add(odd, range, burstOf(odd)),
    named: true,
  },
  'a shift of all metrics for an hour by three times as much as they burst': {
    steps: 12,
    apply: (metrics, _, range) => {
      for (const metric of metrics) add(metric, range, 3 * burstOf(metric));
    },
    named: false,
  },
};

/** Round its middle, within what 96 % of it are: alone it is ordinary. */
function turnRound({ values }: HostMetric, { start, end }: Range): void {
  const sorted = values.toSorted();
  const [low, middle, high] = [quantile(sorted, 0.02), quantile(sorted, 0.5), quantile(sorted, 0.98)];
  for (let i = start; i < end; i++) values[i] = Math.min(high, Math.max(low, 2 * middle - (values[i] ?? 0)));
}

function add({ values }: HostMetric, { start, end }: Range, amount: number): void {
  for (let i = start; i < end; i++) values[i] = (values[i] ?? 0) + amount;
}

function deviationOf({ values }: HostMetric): number {
  const sorted = values.toSorted();
  return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 1.349;
}

function burstOf({ values }: HostMetric): number {
  const sorted = values.toSorted();
  return Math.max(1, quantile(sorted, 0.99) - quantile(sorted, 0.5));
}

/** Of two metrics that part nobody can say which one is odd. */
const NAMED_FROM = 3;

/** Around noon of a seeded day, when the load is off its middle: there, turning round shows. */
function measureRecall(sizes: readonly number[], seeds: number): BenchResult[] {
  return sizes.flatMap((size) =>
    Object.entries(INJECTIONS).map(([name, injection]) => {
      const named = injection.named && size >= NAMED_FROM;
      const outcomes = Array.from({ length: seeds }, (_, seed) => {
        const start = (seed % 7) * DAY + DAY / 4 - injection.steps / 2;
        return isFound(loadedHost(size, seed + 1), { ...injection, named }, { start, odd: (seed * 7) % size });
      });
      return recallResult(`${name}, of ${size}${named ? ', named first' : ''}`, outcomes, 0.95);
    }),
  );
}

/** At a seeded time at which the host has no anomaly of its own, which would be taken for it; twice a host. */
function measureBitbrainsRecall(hosts: readonly HostMetric[][]): BenchResult[] {
  const own = hosts.map((host) => ({ host, before: detectHost(host, { stepMs: STEP_MS }).anomalies }));
  return Object.entries(BITBRAINS_INJECTIONS).map(([name, injection]) => {
    const random = createRandom(1);
    const outcomes = [...own, ...own].flatMap(({ host, before }) => {
      const start = Math.floor((WEEKS - 1) * WEEK * random.uniform());
      const odd = Math.floor(host.length * random.uniform());
      if (before.some(overlaps({ start, end: start + injection.steps }))) return [];
      const copy = host.map(({ id, values }) => ({ id, values: values.slice() }));
      return [isFound(copy, injection, { start, odd })];
    });
    return recallResult(`${name} on Bitbrains, ${hosts[0]?.length} metrics`, outcomes, BITBRAINS_RECALL);
  });
}

function recallResult(what: string, outcomes: readonly boolean[], atLeast: number): BenchResult {
  const recall = outcomes.filter((found) => found).length / outcomes.length;
  return {
    bar: `recall of ${what} >= ${atLeast}`,
    figure: `${recall.toFixed(2)} (${outcomes.length} hosts)`,
    pass: recall >= atLeast,
  };
}

function isFound(
  metrics: readonly HostMetric[],
  { steps, apply, named }: Injection,
  where: { readonly start: number; readonly odd: number },
): boolean {
  const range = { start: where.start, end: where.start + steps };
  const odd = metrics[where.odd];
  if (odd === undefined) return false;
  apply(metrics, odd, range);
  const [worst] = detectHost(metrics, { stepMs: STEP_MS }).anomalies.filter(overlaps(range));
  return worst !== undefined && (!named || worst.contributors[0]?.id === odd.id);
}

function overlaps({ start, end }: Range): (anomaly: HostAnomaly) => boolean {
  return (anomaly) => anomaly.startIndex < end && anomaly.endIndex > start;
}

function measureCost(metrics: number): BenchResult {
  const host = loadedHost(metrics, 1).map(({ id, values }) => ({ id, values: Float64Array.of(...values, ...values) }));
  const seconds = Math.min(...[1, 2, 3].map(() => cpuSeconds(() => detectHost(host, { stepMs: STEP_MS }))));
  const micros = (seconds * 1e6) / (metrics * 2 * WEEK);
  return {
    bar: 'CPU of a host of 200 metrics and two weeks <= 2.5 us a value',
    figure: `${micros.toFixed(2)} us, ${seconds.toFixed(2)} s in all (${metrics} metrics)`,
    pass: micros <= 2.5,
  };
}
