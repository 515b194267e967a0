import { formatTime } from '../../core/time.ts';

/** The start of 1971: what is older is a clock that was never set, or a number that is no time. */
const earliestMs = 31_536_000_000;
const dayMs = 86_400_000;

/** Why no host can have reported at this time; null when it can: from 1971 to a day from now. */
export function implausibleTime(timeMs: number, nowMs: number): string | null {
  if (timeMs < earliestMs) return 'is before 1971';
  if (timeMs > nowMs + dayMs) return `is after ${formatTime(nowMs + dayMs)}, a day from now`;
  return null;
}
