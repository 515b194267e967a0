import { epochUnit, formatTime, readTime, type TimeForm } from '../../core/time.ts';
import { implausibleTime } from './plausible-time.ts';

/** Reads a time: whole milliseconds since the epoch, or why it is none at which a host can have reported. */
export type TimeReader = (text: string) => number | string;

/** @param form how times are written; where it is absent, each is read as it looks */
export function createTimeReader(form: TimeForm | undefined, nowMs: number): TimeReader {
  return (text) => {
    const read = readTime(text, form);
    const shown = `"${text.slice(0, 60)}"`;
    if (read === null)
      return `${shown} is no time${form === undefined && /^\d+$/.test(text) ? ': a number of that size needs --time-unit' : ''}`;
    const timeMs = Math.round(read);
    const problem = implausibleTime(timeMs, nowMs);
    return problem === null ? timeMs : `the time ${shown} ${problem}${readAs(text, timeMs, form)}`;
  };
}

const units = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' } as const;
/** JavaScript has no later dates. */
const maxDateMs = 8.64e15;

/** What a number was taken for, as its time may be right in another unit; empty for ISO 8601. */
function readAs(text: string, timeMs: number, form: TimeForm | undefined): string {
  const unit = form ?? epochUnit(text);
  if (unit === null || unit === 'iso') return '';
  const time = timeMs > maxDateMs ? '' : `: ${formatTime(timeMs)}`;
  return ` (read as ${units[unit]}${time}; ${form === undefined ? '--time-unit says otherwise' : 'so says --time-unit'})`;
}
