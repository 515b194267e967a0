import type { StepRange } from '../analytics/index.ts';
import { withoutSteps } from '../analytics/without-steps.ts';
import { round } from '../core/format.ts';
import { counted } from '../core/text.ts';
import { formatTime } from '../core/time.ts';
import type { Resampled } from './resample.ts';
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

const maxNamed = 3;

/** How much of a history the times leave out, and which of them lie outside of it, in sentences; none without times. */
export function exclusionNotes(times: readonly TimeWindow[], { startMs, stepMs, values }: Resampled): string[] {
  if (times.length === 0) return [];
  const endMs = startMs + values.length * stepMs;
  const kept = withoutSteps(values, excludedSteps(times, { startMs, stepMs, count: values.length }));
  const known = countKnown(values);
  const left = known - countKnown(kept);
  const outside = times.filter(({ fromMs, toMs }) => toMs <= startMs || fromMs >= endMs);
  const names = outside.slice(0, maxNamed).map((time) => spanText(time));
  const more = outside.length > maxNamed ? ` and ${outside.length - maxNamed} more` : '';
  const history = spanText({ fromMs: startMs, toMs: endMs });
  return [
    ...(outside.length < times.length
      ? [
          `By exclude, ${left} of ${counted(known, 'step')} of the history are left out (${round((100 * left) / known, 2)} %).`,
        ]
      : []),
    ...(outside.length > 0
      ? [`exclude: nothing is left out by ${names.join(', ')}${more}, outside of the history (${history}).`]
      : []),
  ];
}

function countKnown(values: Float64Array): number {
  return values.reduce((sum, value) => (Number.isNaN(value) ? sum : sum + 1), 0);
}

function spanText({ fromMs, toMs }: TimeWindow): string {
  return `${formatTime(fromMs)}/${formatTime(toMs)}`;
}
