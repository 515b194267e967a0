import type { BenchResult } from '../support/bench.ts';
import type { Engine, Sizes } from './engines.ts';
import { type History, ticksAtOnce } from './history.ts';

const limits = { SQLite: 4, PostgreSQL: 3 } as const satisfies Record<Engine['name'], number>;
const peerLimit = 1.5;

function sizeBar(name: Engine['name'], points: number): string {
  return `${name}: bytes a point at ${points / 1e6} M points <= ${limits[name]}, with journal, indexes and free pages`;
}

export function sizeResult({ name }: Engine, { points, buildSeconds }: History, sizes: Sizes): BenchResult {
  const bytes = sizes.totalBytes / points;
  const rate = points / buildSeconds / 1e6;
  return {
    bar: sizeBar(name, points),
    figure: `${bytes.toFixed(2)} (${sizes.parts}; appended ${ticksAtOnce} ticks at once and compacted, ${rate.toFixed(1)} M points/s)`,
    pass: bytes <= limits[name],
  };
}

/** Of a few hours, most is journal: what stays of them is judged. */
export function chunkSizeResult({ name }: Engine, { chunkPoints }: History, sizes: Sizes): BenchResult {
  const bytes = sizes.chunkBytes / chunkPoints;
  return {
    bar: `${name}: bytes a point in chunks <= ${limits[name]}`,
    figure: `${bytes.toFixed(2)} at ${chunkPoints / 1e6} M points`,
    pass: bytes <= limits[name],
  };
}

function peerBar(name: Engine['name'], points: number): string {
  return `${name}: bytes a point at ${points / 1e6} M points <= ${peerLimit} times VictoriaMetrics'`;
}

/** @param peerBytes what VictoriaMetrics takes for the same samples; null where it is not installed. */
export function peerResult({ name }: Engine, { points }: History, sizes: Sizes, peerBytes: number | null): BenchResult {
  const bar = peerBar(name, points);
  if (peerBytes === null) return { bar, figure: 'VictoriaMetrics is not installed', pass: null };
  const ratio = sizes.totalBytes / peerBytes;
  const peer = (peerBytes / points).toFixed(2);
  return {
    bar,
    figure: `${ratio.toFixed(2)} times (it takes ${peer}, flushed and merged)`,
    pass: ratio <= peerLimit,
  };
}
