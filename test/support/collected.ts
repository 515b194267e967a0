import { createLeftOut, type LeftOutKind } from '../../src/metrics/importers/left-out.ts';
import type { SeriesBatch } from '../../src/metrics/stored-series.ts';

/** Bytes as they come from a file, cut into pieces of `size`. */
export async function* pieces(content: string | Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Everything that an import gives, by `host metric unit labels`: `[time, value]` in the order of the batches. */
export async function collect(
  read: (leftOut: ReturnType<typeof createLeftOut>) => AsyncIterable<SeriesBatch[]> | Iterable<SeriesBatch[]>,
): Promise<{ series: Record<string, [number, number][]>; leftOut: readonly LeftOutKind[]; batches: number }> {
  const leftOut = createLeftOut();
  const series: Record<string, [number, number][]> = {};
  let batches = 0;
  for await (const batch of read(leftOut)) {
    if (batch.length > 0) batches += 1;
    for (const { host, descriptor, samples } of batch) {
      const { metric, unit, labels } = descriptor;
      const key = [host, metric, unit, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)].join(' ');
      const pairs = [...samples.timesMs].map((timeMs, i): [number, number] => [timeMs, samples.values[i] as number]);
      series[key] = [...(series[key] ?? []), ...pairs];
    }
  }
  return { series, leftOut: leftOut.kinds(), batches };
}
