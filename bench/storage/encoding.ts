import { encodeChunk } from '../../src/metrics/series-codec.ts';
import type { BenchResult } from '../support/bench.ts';
import { cpuSeconds } from '../support/cpu.ts';
import { median } from '../support/timing.ts';
import { readings, seriesCount, startMs, take, ticksPerHour } from './history.ts';

const limit = 2e6;

/** An hour of all series, encoded again and again. */
export function measureEncoding(rounds: number): BenchResult {
  const hour = take(readings(), ticksPerHour);
  const timesMs = Float64Array.from(hour, ({ timestampMs }) => timestampMs);
  const series = Array.from({ length: seriesCount }, (_, i) => ({
    timesMs,
    values: Float64Array.from(hour, ({ values }) => values[i] ?? 0),
  }));
  const encode = () => {
    for (const samples of series) encodeChunk(samples, startMs);
  };
  encode();
  const rates = Array.from({ length: rounds }, () => (seriesCount * ticksPerHour) / cpuSeconds(encode));
  const rate = median(rates);
  return {
    bar: `encoding >= ${limit / 1e6} M points a CPU second, on one core`,
    figure: `${(rate / 1e6).toFixed(1)} M (median of ${rounds} rounds)`,
    pass: rate >= limit,
  };
}
