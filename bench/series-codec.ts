import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Samples } from '../src/metrics/samples.ts';
import { decodeChunkInto, encodeChunk } from '../src/metrics/series-codec.ts';
import { runDirectly } from './support/args.ts';
import type { BenchOptions, BenchResult } from './support/bench.ts';
import { cpuSeconds } from './support/cpu.ts';
import { createMetricMix, type MetricKind } from './support/metric-mix.ts';

const seriesCount = 1000;
const ticks = 240;
const stepMs = 15_000;
const hourStartMs = 1_700_002_800_000;
const bytesLimit = 2.2;
const encodeLimit = 2e6;
const decodeLimit = 30e6;

/** Bytes: a tenth or so above the entropy of the kind, and of an hour of a constant 24 bytes. */
const kindLimits: Readonly<Record<MetricKind, number>> = {
  'percent walk': 1.25,
  'percent noise': 1.55,
  memory: 1.4,
  counter: 2.25,
  constant: 0.1,
  double: 6.75,
};

interface Kind {
  readonly kind: MetricKind | 'all' | 'integers';
  readonly series: readonly Samples[];
}

interface Figures {
  readonly bytesPerSample: number;
  /** Samples a CPU second. */
  readonly encodeRate: number;
  readonly decodeRate: number;
}

/** What a sample takes on the disk, and how fast an hour of a series is encoded and decoded, on one core. */
export async function run({ short }: BenchOptions): Promise<BenchResult[]> {
  const kinds = generate();
  const rounds = short ? 3 : 15;
  const everything: Kind = { kind: 'all', series: kinds.flatMap(({ series }) => series) };
  // All first: the rates are then those of code that has met every kind, as in the program.
  const all = measure(everything, rounds);
  const integers = measure({ kind: 'integers', series: integerSeries(kinds) }, rounds);
  const baseline = measureDeflate(everything.series, short ? 1 : 3);
  return [
    { bar: `bytes a sample of the mix < ${bytesLimit}`, figure: say(all), pass: all.bytesPerSample < bytesLimit },
    {
      bar: `encode >= ${encodeLimit / 1e6} M samples a CPU second`,
      figure: `${millions(all.encodeRate)}`,
      pass: all.encodeRate >= encodeLimit,
    },
    {
      bar: `decode the integer kinds >= ${decodeLimit / 1e6} M samples a CPU second`,
      figure: `${millions(integers.decodeRate)}`,
      pass: integers.decodeRate >= decodeLimit,
    },
    {
      bar: 'smaller than deflated planes of XORed doubles',
      figure: say(baseline),
      pass: all.bytesPerSample < baseline.bytesPerSample,
    },
    ...kinds.map((kind) => kindResult(kind, rounds)),
  ];
}

function kindResult(kind: Kind & { readonly kind: MetricKind }, rounds: number): BenchResult {
  const limit = kindLimits[kind.kind];
  const measured = measure(kind, rounds);
  return { bar: `${kind.kind} <= ${limit} bytes`, figure: say(measured), pass: measured.bytesPerSample <= limit };
}

function integerSeries(kinds: readonly Kind[]): Samples[] {
  return kinds.filter(({ kind }) => kind !== 'double' && kind !== 'constant').flatMap(({ series }) => series);
}

function generate(): (Kind & { readonly kind: MetricKind })[] {
  const mix = createMetricMix({ series: seriesCount, seed: 1 });
  const timesMs = Float64Array.from({ length: ticks }, (_, i) => hourStartMs + i * stepMs);
  const series = mix.kinds.map(() => ({ timesMs, values: new Float64Array(ticks) }));
  for (let tick = 0; tick < ticks; tick++) {
    const values = mix.next();
    for (const [i, one] of series.entries()) one.values[tick] = values[i] ?? 0;
  }
  const byKind = Map.groupBy(series.keys(), (i): MetricKind => mix.kinds[i] ?? 'constant');
  return [...byKind].map(([kind, indexes]) => ({ kind, series: indexes.flatMap((i) => series[i] ?? []) }));
}

/** The fastest round counts: what others do on the machine only adds. */
function measure({ series }: Kind, rounds: number): Figures {
  const into = { timesMs: new Float64Array(ticks), values: new Float64Array(ticks) };
  const samples = series.length * ticks;
  const repeats = Math.ceil(2_000_000 / samples);
  let chunks: Uint8Array[] = [];
  let [encodeSeconds, decodeSeconds] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round++) {
    const encode = cpuSeconds(() => {
      for (let i = 0; i < repeats; i++) chunks = series.map((one) => encodeChunk(one, hourStartMs));
    });
    const decode = cpuSeconds(() => {
      for (let i = 0; i < repeats; i++) for (const chunk of chunks) decodeChunkInto(chunk, ticks, hourStartMs, into, 0);
    });
    encodeSeconds = Math.min(encodeSeconds, encode / repeats);
    decodeSeconds = Math.min(decodeSeconds, decode / repeats);
  }
  return figures(chunks, samples, encodeSeconds, decodeSeconds);
}

function measureDeflate(series: readonly Samples[], rounds: number): Figures {
  let chunks: Uint8Array[] = [];
  let [encodeSeconds, decodeSeconds] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round++) {
    const encode = cpuSeconds(() => {
      chunks = series.map(({ values }) => deflateRawSync(xoredPlanes(values)));
    });
    const decode = cpuSeconds(() => {
      for (const chunk of chunks) inflateRawSync(chunk);
    });
    encodeSeconds = Math.min(encodeSeconds, encode);
    decodeSeconds = Math.min(decodeSeconds, decode);
  }
  return figures(chunks, series.length * ticks, encodeSeconds, decodeSeconds);
}

/** Each value's bytes XORed with those of the value before, first bytes first, then second bytes, ... */
function xoredPlanes(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const planes = new Uint8Array(bytes.length);
  for (let plane = 0; plane < 8; plane++) {
    for (let i = 0; i < values.length; i++) {
      planes[plane * values.length + i] = (bytes[8 * i + plane] ?? 0) ^ (bytes[8 * (i - 1) + plane] ?? 0);
    }
  }
  return planes;
}

function figures(
  chunks: readonly Uint8Array[],
  samples: number,
  encodeSeconds: number,
  decodeSeconds: number,
): Figures {
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  return {
    bytesPerSample: bytes / samples,
    encodeRate: samples / encodeSeconds,
    decodeRate: samples / decodeSeconds,
  };
}

function say({ bytesPerSample, encodeRate, decodeRate }: Figures): string {
  return `${bytesPerSample.toFixed(3)} bytes; encode ${millions(encodeRate)}, decode ${millions(decodeRate)}`;
}

function millions(rate: number): string {
  return `${(rate / 1e6).toFixed(1)} M/s`;
}

if (import.meta.main) await runDirectly(run);
