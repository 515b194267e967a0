import { OpenManagerError } from './errors.ts';

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const timeForms =
  'ISO 8601 ("2026-03-01T12:00:00Z"; UTC without a zone), "now", "now-6h", "-6h", or epoch seconds, ms, us or ns';
const durationForms = 'a number and one of ms, s, m, h, d, w, e.g. "90s", "5m", "1h30m", "7d"';

export type EpochUnit = 's' | 'ms' | 'us' | 'ns';

/** Powers of ten that make milliseconds of a unit. */
const epochExponents: Readonly<Record<EpochUnit, number>> = { s: 3, ms: 0, us: -3, ns: -6 };

/** A number below the first limit is in the first unit: each ends in the year 5138, where the next one is in 1973. */
const epochLimits = [
  [1e11, 's'],
  [1e14, 'ms'],
  [1e17, 'us'],
  [1e20, 'ns'],
] as const satisfies (readonly [limit: number, unit: EpochUnit])[];

const maxEpochMs = 8_640_000_000_000_000;

/**
 * Milliseconds of a duration such as `5m` or `1h30m`.
 * @throws OpenManagerError `invalid_argument` when `text` is no duration or not positive.
 */
export function parseDuration(text: string, parameter: string): number {
  const ms = durationMs(text);
  if (ms !== null && ms > 0 && ms <= maxEpochMs) return ms;
  const wrong = ms === null ? 'is no duration' : ms > 0 ? 'is too long' : 'is not above 0';
  throw new OpenManagerError('invalid_argument', `${parameter}: "${clip(text)}" ${wrong}; use ${durationForms}.`);
}

/**
 * Milliseconds since the epoch of a moment, relative ones against `nowMs`.
 * @throws OpenManagerError `invalid_argument` when `text` is no time.
 */
export function parseTime(text: string, nowMs: number, parameter: string): number {
  const ms = relativeMs(text.trim(), nowMs) ?? readTime(text.trim());
  if (ms !== null && Number.isFinite(ms) && Math.abs(ms) <= maxEpochMs) return ms;
  const meant = durationMs(text.trim()) === null ? '' : ` (did you mean "-${text.trim()}"?)`;
  throw new OpenManagerError('invalid_argument', `${parameter}: "${clip(text)}" is no time${meant}; use ${timeForms}.`);
}

/**
 * The two moments of an interval such as `2026-11-01T00:00Z/2026-11-01T06:00Z` (ISO 8601-1, 5.5.2.1), relative ones
 * against `nowMs`.
 * @throws OpenManagerError `invalid_argument` when `text` is none, or ends before it starts.
 */
export function parseInterval(text: string, nowMs: number, parameter: string): { fromMs: number; toMs: number } {
  const [from = '', to, ...more] = text.split('/');
  if (to === undefined || more.length > 0) {
    throw new OpenManagerError(
      'invalid_argument',
      `${parameter}: "${clip(text)}" is no interval; use two times with / between them, e.g. "2026-11-01T00:00Z/2026-11-01T06:00Z".`,
    );
  }
  const interval = { fromMs: parseTime(from, nowMs, parameter), toMs: parseTime(to, nowMs, parameter) };
  if (interval.fromMs < interval.toMs) return interval;
  const wrong = interval.fromMs === interval.toMs ? 'ends when it starts' : 'ends before it starts';
  throw new OpenManagerError(
    'invalid_argument',
    `${parameter}: "${clip(text)}" ${wrong}; the earlier time comes first, e.g. "-3d/-2d".`,
  );
}

/** How a time is written; where it is not said, the size of a number tells its unit. */
export type TimeForm = EpochUnit | 'iso';

/** Milliseconds since the epoch of an absolute time; null when `text` is none. Without a zone it is UTC. */
export function readTime(text: string, form?: TimeForm): number | null {
  if (form === 'iso') return isoMs(text);
  const unit = form ?? epochUnit(text);
  if (unit === null) return isoMs(text);
  return /^\d{1,20}(\.\d+)?$/.test(text) ? inMs(text, unit) : null;
}

/** What a number stands for by its size; null when it is too small or too large, or no number. */
export function epochUnit(text: string): EpochUnit | null {
  if (!/^\d+(\.\d+)?$/.test(text) || text.length < 9) return null;
  const value = Number(text);
  return epochLimits.find(([limit]) => value < limit)?.[1] ?? null;
}

/** Moves the point in the text: a number of nanoseconds is more than a double holds. */
function inMs(text: string, unit: EpochUnit): number {
  return Number(`${text}e${epochExponents[unit]}`);
}

/** The shortest exact form of a duration, `90s` as `1m30s`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = unitMs[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count === 0) continue;
    text += `${count}${unit}`;
    rest -= count * size;
  }
  return text || '0s';
}

/** As {@link formatDuration}, to the hour from a day on, to the minute from an hour on, else to the second. */
export function formatAbout(ms: number): string {
  const unit = ms >= 86_400_000 ? 3_600_000 : ms >= 3_600_000 ? 60_000 : 1_000;
  return formatDuration(Math.max(unit, Math.round(ms / unit) * unit));
}

/** ISO 8601 in UTC, to the second. */
export function formatTime(ms: number): string {
  return new Date(Math.round(ms / 1000) * 1000).toISOString().replace('.000', '');
}

function relativeMs(text: string, nowMs: number): number | null {
  const match = /^(?:now)?\s*(?:([+-])\s*(.+))?$/.exec(text);
  if (!match || text === '') return null;
  const [, sign, duration] = match;
  if (sign === undefined || duration === undefined) return nowMs;
  const ms = durationMs(duration);
  return ms === null ? null : nowMs + (sign === '-' ? -ms : ms);
}

function isoMs(text: string): number | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (!match) return null;
  const [, date, time = '00:00:00', zone = 'Z'] = match;
  if (!isCalendarDay(date ?? '')) return null;
  const ms = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(ms) ? null : ms;
}

/** Date.parse takes 30 February for 2 March. */
function isCalendarDay(date: string): boolean {
  const ms = Date.parse(date);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}

function durationMs(text: string): number | null {
  if (!/^(\d+(\.\d+)?\s*(ms|[smhdw])\s*)+$/.test(text) || text.length > 64) return null;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|[smhdw])/g)) {
    total += Number(count) * (unitMs[unit ?? ''] ?? Number.NaN);
  }
  return total;
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
