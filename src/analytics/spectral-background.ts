import { quantile } from '../core/statistics.ts';
import { at } from './at.ts';

/** A block of the background has at least so many cycles, and grows with the frequency by this share. */
const BLOCK_CYCLES = 10;
const BLOCK_GROWTH = 0.3;
/** A median of so many bins is exact enough. */
const MOST_BINS = 1000;
/** Blocks at the low end that tell how steep the spectrum is there. */
const STEEP_BLOCKS = 6;
const STEEPEST = -2.5;
/** Of a block's bins, so many must be free of known seasons for it to count. */
const MIN_FREE = 0.1;

export interface BackgroundOptions {
  readonly binsPerCycle: number;
  /** 1 where a season was taken out: no background is seen there. */
  readonly holes: Uint8Array;
  /** The background is at least this, > 0. */
  readonly floor: number;
}

interface Block {
  /** Natural logarithms of the bin in the middle and of the mean power. */
  readonly logBin: number;
  readonly logPower: number;
}

/**
 * The power that noise has at each bin: medians over blocks that widen with the frequency, joined by straight lines in
 * logarithms, after the slope at the low end is taken out. A median sees no narrow line. Follows the whitening of pulsar
 * searches (Ransom, Eikenberry & Middleditch 2002, Fourier techniques for very long astrophysical time-series analysis).
 */
export function fitLogBackground(power: Float64Array, o: BackgroundOptions): Float64Array {
  const edges = blockEdges(power.length, o.binsPerCycle);
  const slope = slopeOf(blocksOf(power, edges.slice(0, STEEP_BLOCKS + 1), { ...o, slope: 0 }));
  return interpolate(blocksOf(power, edges, { ...o, slope }), { slope, bins: power.length, floor: o.floor });
}

function blockEdges(bins: number, binsPerCycle: number): number[] {
  const edges: number[] = [];
  for (let k = binsPerCycle; k < bins; k += Math.max(BLOCK_CYCLES * binsPerCycle, BLOCK_GROWTH * k)) {
    edges.push(Math.round(k));
  }
  const [last = 1, before = 1] = edges.toReversed();
  if (edges.length > 1 && bins - last < 0.6 * (last - before)) edges.pop();
  return [...edges, bins];
}

function blocksOf(power: Float64Array, edges: readonly number[], o: BackgroundOptions & { slope: number }): Block[] {
  return edges.slice(0, -1).flatMap((from, b) => {
    const to = edges[b + 1] ?? from;
    const stride = Math.ceil((to - from) / MOST_BINS);
    const flat = new Float64Array(Math.ceil((to - from) / stride));
    let free = 0;
    for (let k = from; k < to; k += stride) if (o.holes[k] !== 1) flat[free++] = at(power, k) * k ** -o.slope;
    if (free < Math.max(1, MIN_FREE * flat.length)) return [];
    const logBin = Math.log(from * to) / 2;
    const mean = quantile(flat.subarray(0, free).sort(), 0.5) / Math.LN2;
    return [{ logBin, logPower: Math.max(Math.log(mean), Math.log(o.floor) - o.slope * logBin) }];
  });
}

/** Of the line of least squares through the blocks: 0 for white noise, -2 for a random walk. */
function slopeOf(blocks: readonly Block[]): number {
  const meanX = blocks.reduce((sum, { logBin }) => sum + logBin, 0) / blocks.length;
  const meanY = blocks.reduce((sum, { logPower }) => sum + logPower, 0) / blocks.length;
  const sumXX = blocks.reduce((sum, { logBin }) => sum + (logBin - meanX) ** 2, 0);
  const sumXY = blocks.reduce((sum, { logBin, logPower }) => sum + (logBin - meanX) * (logPower - meanY), 0);
  return sumXX > 0 ? Math.min(0, Math.max(STEEPEST, sumXY / sumXX)) : 0;
}

function interpolate(
  blocks: readonly Block[],
  { slope, bins, floor }: { slope: number; bins: number; floor: number },
): Float64Array {
  const background = new Float64Array(bins).fill(floor);
  let b = 0;
  for (let k = 1; k < bins; k++) {
    const logBin = Math.log(k);
    while (b + 2 < blocks.length && logBin > (blocks[b + 1]?.logBin ?? 0)) b++;
    const left = blocks[b];
    if (left === undefined) break;
    const right = blocks[b + 1] ?? { ...left, logBin: left.logBin + 1 };
    const share = Math.min(1, Math.max(0, (logBin - left.logBin) / (right.logBin - left.logBin)));
    background[k] = floor + Math.exp(left.logPower + share * (right.logPower - left.logPower) + slope * logBin);
  }
  return background;
}
