import { OpenManagerError } from '../../core/errors.ts';

/** Local time of a zone, as milliseconds since Monday 1970-01-05 00:00 there, for days and weeks to be counted in. */
export type ToLocalMs = (timestampMs: number) => number;

const HOUR_MS = 3_600_000;
const FIRST_MONDAY_MS = 4 * 24 * HOUR_MS;
/** Offsets change at multiples of this. */
const OFFSET_STEP_MS = HOUR_MS / 4;

/** Throws `invalid_argument` for a zone that is not known. */
export function localTime(timeZone: string | undefined): ToLocalMs {
  if (timeZone === undefined || timeZone === 'UTC') return (timestampMs) => timestampMs - FIRST_MONDAY_MS;
  const format = formatOf(timeZone);
  let known = Number.NaN;
  let offsetMs = 0;
  return (timestampMs) => {
    const quarter = Math.floor(timestampMs / OFFSET_STEP_MS);
    if (quarter !== known) {
      known = quarter;
      offsetMs = offsetAt(format, quarter * OFFSET_STEP_MS);
    }
    return timestampMs + offsetMs - FIRST_MONDAY_MS;
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  } catch (cause) {
    throw new OpenManagerError(
      'invalid_argument',
      'timeZone is no known zone; it must be an IANA name, such as Europe/Berlin.',
      { cause },
    );
  }
}

function offsetAt(format: Intl.DateTimeFormat, timestampMs: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(timestampMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 0, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(timestampMs / 1000) * 1000;
}
