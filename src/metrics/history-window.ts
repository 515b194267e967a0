import { niceStep } from './resample.ts';

/** A regular history for analytics: how far back, and in which steps. */
export interface HistoryPlan {
  readonly fromMs: number;
  readonly stepMs: number;
}

/** Longer histories cost more than they tell a forecaster. */
export const maxHistoryPoints = 5000;
const minHistoryPoints = 60;
const maxStepsAhead = 60;

/**
 * The step for looking `aheadMs` into the future from the samples between `firstMs` and `nowMs`: at most 60 steps
 * ahead where the history is long enough to have its own in such steps, shorter ones where it is not.
 */
export function planHistory(o: { firstMs: number; nowMs: number; aheadMs: number; intervalMs: number }): HistoryPlan {
  const spanMs = Math.max(o.intervalMs, o.nowMs - o.firstMs);
  const wanted = niceStep(o.aheadMs, maxStepsAhead, o.intervalMs);
  const affordable = niceStep(spanMs, maxHistoryPoints, o.intervalMs);
  const finest = niceStep(o.aheadMs, 1000, o.intervalMs);
  const enough = niceStep(spanMs / 2, minHistoryPoints, o.intervalMs);
  const stepMs = Math.max(affordable, Math.min(wanted, Math.max(finest, enough)));
  return { fromMs: Math.max(o.firstMs, o.nowMs - maxHistoryPoints * stepMs), stepMs };
}
