import type { StoredSeries } from '../stored-series.ts';

/** How history is written as text. */
export interface ExportFormat {
  /** Series of the same group stand together, groups in the order of this text. */
  groupOf(series: StoredSeries): string;
  readonly begin: string;
  beginGroup(group: string): string;
  /** Lines of one series, each with its end. */
  lineOf(series: StoredSeries): (timeMs: number, value: number) => string;
  readonly end: string;
}

/** The shortest text that reads back as the same number, the sign of zero included. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** ISO 8601 in UTC, to the millisecond. */
export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
