import { createTally, gridOf, type Tally } from './buckets.ts';
import { hourMs } from './chunk-key.ts';
import type { TimeWindow } from './series-selection.ts';

const maxHours = 100_000;

/**
 * For counting the samples of a window so that gaps show, beside buckets in steps of `stepMs`: longer steps than an hour
 * would hide them, and how many samples an hour has is known without decoding it.
 */
export function createCoverageTally({ fromMs, toMs }: TimeWindow, stepMs: number): Tally {
  return createTally(gridOf({ fromMs, toMs }, stepMs <= hourMs ? stepMs : wholeHours((toMs - fromMs) / maxHours)));
}

function wholeHours(ms: number): number {
  return Math.max(1, Math.ceil(ms / hourMs)) * hourMs;
}
