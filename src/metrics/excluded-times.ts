import type { StepRange } from '../analytics/index.ts';
import type { TimeWindow } from './series-selection.ts';

/** The steps of a series that lie in any of the times, even in part. */
export function excludedSteps(
  times: readonly TimeWindow[],
  { startMs, stepMs, count }: { startMs: number; stepMs: number; count: number },
): StepRange[] {
  return times.flatMap(({ fromMs, toMs }) => {
    const start = Math.max(0, Math.floor((fromMs - startMs) / stepMs));
    const end = Math.min(count, Math.ceil((toMs - startMs) / stepMs));
    return start < end ? [{ start, end }] : [];
  });
}
