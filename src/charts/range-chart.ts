import { maxRangeRows, type RangeChart, type RangeRow } from './chart.ts';

export interface RangeView {
  readonly title: string;
  /** The soonest first; those beyond the twelfth are left out. */
  readonly rows: readonly RangeRow[];
  readonly nowMs: number;
  /** End of what was looked at; a little after the latest time that is known when left out. */
  readonly untilMs?: number | undefined;
}

const dayMs = 86_400_000;

/** When each of several resources reaches its threshold: earliest, likely, latest. */
export function rangeChart({ title, rows, nowMs, untilMs = endOf(rows, nowMs) }: RangeView): RangeChart {
  const leftOut = Math.max(0, rows.length - maxRangeRows);
  const detail = leftOut > 0 ? `the first ${maxRangeRows} of ${rows.length}` : 'earliest, likely and latest';
  const end = Math.max(untilMs, nowMs + 60_000);
  return { kind: 'range', title, detail, nowMs, untilMs: end, rows: rows.slice(0, maxRangeRows), leftOut };
}

function endOf(rows: readonly RangeRow[], nowMs: number): number {
  const known = rows.flatMap(({ earliestMs, likelyMs, latestMs }) => [
    earliestMs,
    likelyMs ?? nowMs,
    latestMs ?? nowMs,
  ]);
  const spanMs = Math.max(...known.map((ms) => ms - nowMs), 0);
  return nowMs + (spanMs > 0 ? 1.1 * spanMs : dayMs);
}
