import { quantile } from '../../core/statistics.ts';
import { at } from '../at.ts';

/** Of a block in steps: longer than what is smoothed, so that neighbours tell something new. */
const BLOCK_STEPS = 72;
const MIN_BLOCKS = 10;
/** The quantiles of block maxima that the tail is fitted to: a fifth of the blocks may be odd. */
const LOW = 0.4;
const HIGH = 0.8;
/** What comes oftener than so many times in a series is how it is. */
const TOLD = 3;
/** By so much what is told is above what comes oftener. */
const MARGIN = 1.02;
/** What is larger only once in so many days has so many standard deviations; the latter is what is odd by default. */
const DAILY = { days: 1, deviation: 3 } as const;
const RARE = { days: 28, deviation: 4.9 } as const;
/** Without a length of a step: five minutes. */
const USUAL_STEP_MS = 300_000;
const DAY_MS = 86_400_000;
/** Tails are no thinner, and sizes no smaller, where all are alike. */
const MIN_SIZE = 0.1;
const MIN_SCALE = 1e-3;

/** `thin`: the largest of blocks grow by the same each time these are ten times as many; `fat`: by the same factor. */
export type Tail = 'thin' | 'fat';

export interface RarityOptions {
  readonly tail: Tail;
  readonly stepMs?: number | undefined;
}

/**
 * How rare each size is, as the deviations of a normal value: 3 for what is that large once a day, or in one block where
 * these are longer, and 4.9 for once in four weeks, or more than three separate times in the series. Never more than the
 * size itself.
 *
 * Maxima of blocks follow the laws of Gumbel (`thin`) or Frechet (`fat`), whatever the law of their values; fitted to two quantiles of
 * them, as few blocks may be odd. Fisher & Tippett (1928). `sizes`: >= 0, of the order of standard deviations.
 */
export function rareDeviations(sizes: Float64Array, { tail, stepMs = USUAL_STEP_MS }: RarityOptions): Float64Array {
  const maxima = blockMaxima(sizes);
  const scaleOf = tail === 'fat' ? (size: number) => Math.log(Math.max(size, MIN_SIZE)) : (size: number) => size;
  const sizeOf = tail === 'fat' ? Math.exp : (one: number) => one;
  const levelOf = fitTail(maxima.map(scaleOf));
  const blocksADay = Math.max(1, (maxima.length * DAY_MS) / (sizes.length * stepMs));
  const daily = Math.max(MIN_SIZE, sizeOf(levelOf(DAILY.days * blocksADay)));
  const often = MARGIN * oftenReached(maxima);
  const rare = Math.max(sizeOf(levelOf(RARE.days * blocksADay)), often);
  const unit = Math.max(MIN_SCALE, (scaleOf(rare) - scaleOf(daily)) / (RARE.deviation - DAILY.deviation));
  return sizes.map((size) => {
    const deviation =
      size <= daily ? (DAILY.deviation * size) / daily : DAILY.deviation + (scaleOf(size) - scaleOf(daily)) / unit;
    return Math.min(size, deviation);
  });
}

function blockMaxima(sizes: Float64Array): Float64Array {
  const n = sizes.length;
  const blocks = Math.max(MIN_BLOCKS, Math.floor(n / BLOCK_STEPS));
  const startOf = (block: number): number => Math.floor((block * n) / blocks);
  return Float64Array.from({ length: blocks }, (_, block) => {
    let largest = 0;
    for (let i = startOf(block); i < startOf(block + 1); i++) largest = Math.max(largest, at(sizes, i));
    return largest;
  });
}

/** What a block exceeds once in so many. */
function fitTail(maxima: Float64Array): (blocks: number) => number {
  const sorted = maxima.toSorted();
  const high = quantile(sorted, HIGH);
  const scale = Math.max(MIN_SCALE, (high - quantile(sorted, LOW)) / (reduced(HIGH) - reduced(LOW)));
  return (blocks) => high + scale * (Math.log(blocks) - reduced(HIGH));
}

/** Where a quantile of Gumbel's law lies. */
function reduced(probability: number): number {
  return -Math.log(-Math.log(probability));
}

/** The size reached once more than {@link TOLD} times, blocks side by side being one time, as what lasts is one thing. */
function oftenReached(maxima: Float64Array): number {
  const largestFirst = [...maxima.keys()].sort((a, b) => at(maxima, b) - at(maxima, a));
  const seen = new Set<number>();
  let times = 0;
  for (const block of largestFirst) {
    if (!seen.has(block - 1) && !seen.has(block + 1) && ++times > TOLD) return at(maxima, block);
    seen.add(block);
  }
  return 0;
}
