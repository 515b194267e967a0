import { hourMs } from '../../src/metrics/chunk-key.ts';
import type { BenchResult } from '../support/bench.ts';
import { medianTimesMs } from '../support/timing.ts';
import { type History, seriesCount, startMs, stepMs } from './history.ts';

const dayMs = 24 * hourMs;
const buckets = 300;

/** Numbers in [0, 1), always the same ones. */
export type Uniform = () => number;

/** A day of a series in a long history beside the same in a short one. */
export async function measureDay(short: History, long: History, uniform: Uniform): Promise<BenchResult> {
  const rounds = 400;
  const works = [short, long].map((history) => () => readSome(history, dayMs, uniform));
  const [shortMs = 0, longMs = 0] = await medianTimesMs(rounds, works);
  const ratio = longMs / shortMs;
  return {
    bar: `${nameOf(long)}: p50 of reading 24 h of a series at ${millions(long)} points <= 1.5 times that at ${millions(short)}`,
    figure: `${ratio.toFixed(2)} times (${shortMs.toFixed(2)} and ${longMs.toFixed(2)} ms; ${rounds} queries each, in turn, random series and start)`,
    pass: ratio <= 1.5,
  };
}

/** The whole range of a series in as many steps as an answer has room for. */
export async function measureBuckets(history: History, uniform: Uniform): Promise<BenchResult> {
  const rounds = 200;
  const [tookMs = 0] = await medianTimesMs(rounds, [() => bucketsOf(history, 1, uniform)]);
  return {
    bar: `${nameOf(history)}: p50 of ${buckets} buckets over all of a series at ${millions(history)} points <= 20 ms`,
    figure: `${tookMs.toFixed(1)} ms (${rounds} queries, random series)`,
    pass: tookMs <= 20,
  };
}

/** The last hour of all series, by their means. */
export async function measureTop(history: History): Promise<BenchResult> {
  const rounds = 200;
  const [tookMs = 0] = await medianTimesMs(rounds, [() => topByMean(history)]);
  return {
    bar: `${nameOf(history)}: p50 of the top 10 of ${seriesCount} series by mean over the last hour at ${millions(history)} points <= 25 ms`,
    figure: `${tookMs.toFixed(1)} ms (${rounds} queries)`,
    pass: tookMs <= 25,
  };
}

/** Twice, four and eight times as much costs no more than in proportion. */
export async function measureGrowth(history: History, rounds: number, uniform: Uniform): Promise<BenchResult[]> {
  const range = history.endMs - startMs;
  // A day where eight days are there.
  const unitMs = Math.min(dayMs, Math.floor(range / 8 / hourMs) * hourMs);
  const reads = await medianTimesMs(
    rounds,
    [1, 2, 4, 8].map((times) => () => readSome(history, times * unitMs, uniform)),
  );
  const sums = await medianTimesMs(
    rounds,
    [1 / 4, 1 / 2, 1].map((part) => () => bucketsOf(history, part, uniform)),
  );
  const name = nameOf(history);
  return [
    growthResult(`${name}: reading 8 times ${unitMs / hourMs} h of a series costs < 10 times as much`, reads, 10),
    growthResult(`${name}: summing all of a series costs < 5 times a quarter of it`, sums, 5),
  ];
}

/** @param times median milliseconds of once, twice, four times ... as much. */
function growthResult(bar: string, times: readonly number[], limit: number): BenchResult {
  const [first = 0, ...others] = times;
  const ratios = others.map((tookMs) => tookMs / first);
  const said = ratios.map((ratio, i) => `${ratio.toFixed(2)} at ${2 ** (i + 1)} times`);
  return { bar, figure: `${said.join(', ')} (once: ${first.toFixed(2)} ms)`, pass: (ratios.at(-1) ?? 0) < limit };
}

/** Reads `lengthMs` of a random series from a random start. */
async function readSome({ store, host, seriesIds, endMs }: History, lengthMs: number, uniform: Uniform): Promise<void> {
  const fromMs = startMs + Math.floor(uniform() * (endMs - startMs - lengthMs));
  const id = seriesIds[Math.floor(uniform() * seriesIds.length)] ?? 0;
  const samples = (await store.read({ host, seriesIds: [id], fromMs, toMs: fromMs + lengthMs })).get(id);
  const expected = lengthMs / stepMs;
  if (samples?.values.length !== expected) throw new Error(`read ${samples?.values.length} samples, not ${expected}`);
}

/** Reads the last `part` of a random series in steps of a 300th of the whole. */
async function bucketsOf({ store, host, seriesIds, endMs }: History, part: number, uniform: Uniform): Promise<void> {
  const bucketMs = (endMs - startMs) / buckets;
  const count = buckets * part;
  const fromMs = endMs - count * bucketMs;
  const id = seriesIds[Math.floor(uniform() * seriesIds.length)] ?? 0;
  const grid = { startMs: fromMs, stepMs: bucketMs, count };
  const found = (await store.readBuckets({ host, seriesIds: [id], fromMs, toMs: endMs, grid })).get(id);
  if (!found?.n.every((n) => n > 0)) throw new Error('a bucket is empty');
}

async function topByMean({ store, host, seriesIds, endMs }: History): Promise<void> {
  const fromMs = endMs - hourMs;
  const grid = { startMs: fromMs, stepMs: hourMs, count: 1 };
  const found = await store.readBuckets({ host, seriesIds, fromMs, toMs: endMs, grid });
  const means = [...found].map(([id, { n, sum }]) => ({ id, mean: (sum[0] ?? 0) / (n[0] ?? 0) }));
  const top = means.sort((a, b) => b.mean - a.mean).slice(0, 10);
  if (top.length !== 10 || !top.every(({ mean }) => Number.isFinite(mean))) throw new Error('the top is not whole');
}

function nameOf({ place }: History): string {
  return place.database.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL';
}

function millions({ points }: History): string {
  return `${points / 1e6} M`;
}
