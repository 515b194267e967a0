const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export interface Tick {
  readonly ms: number;
  readonly label: string;
}

/** Steps that people count in, with the months that are longer than any of these after them. */
const stepsMs = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * 1000),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 4, 7, 14].map((n) => n * day),
];
const stepsMonths = [1, 2, 3, 6, 12, 24, 60, 120, 1200, 12_000];
const monthMs = 30 * day;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** At most `maxCount` round moments in UTC from `fromMs` to `toMs`, named by what changes between them. */
export function timeTicks(fromMs: number, toMs: number, maxCount: number): Tick[] {
  const least = (toMs - fromMs) / maxCount;
  const stepMs = stepsMs.find((step) => step >= least);
  if (stepMs === undefined) return monthTicks(fromMs, toMs, least);
  // Weeks begin on a Monday, as the fourth day of the epoch did.
  const offset = stepMs % (7 * day) === 0 ? 4 * day : 0;
  const first = Math.ceil((fromMs - offset) / stepMs) * stepMs + offset;
  const ticks: Tick[] = [];
  for (let ms = first; ms <= toMs; ms += stepMs) ticks.push({ ms, label: labelOf(ms, stepMs) });
  return ticks;
}

function monthTicks(fromMs: number, toMs: number, leastMs: number): Tick[] {
  const step = stepsMonths.find((count) => count * monthMs >= leastMs) ?? 12_000;
  const from = new Date(fromMs);
  const ticks: Tick[] = [];
  const first = Math.ceil((from.getUTCFullYear() * 12 + from.getUTCMonth()) / step) * step;
  for (let month = first; ; month += step) {
    const ms = Date.UTC(Math.floor(month / 12), month % 12);
    if (!(ms <= toMs)) return ticks;
    if (ms >= fromMs) ticks.push({ ms, label: month % 12 === 0 ? String(month / 12) : (months[month % 12] ?? '') });
  }
}

/** The date at midnight and where the steps are days, else the time of day. */
function labelOf(ms: number, stepMs: number): string {
  const date = new Date(ms);
  if (ms % day === 0) return dayOf(date);
  const time = date.toISOString().slice(11);
  if (stepMs >= minute) return time.slice(0, 5);
  return stepMs >= 1000 ? time.slice(0, 8) : time.slice(3, 12);
}

/** `24 Nov 2026 08:00 to 25 Nov 2026 09:30 UTC`, without what is said already. */
export function formatSpan(fromMs: number, toMs: number): string {
  const [from, to] = [new Date(fromMs), new Date(toMs)];
  const sameDay = Math.floor(fromMs / day) === Math.floor(toMs / day);
  return `${momentOf(from)} to ${sameDay ? timeOf(to) : momentOf(to)} UTC`;
}

/** `24 Nov 2026 08:00 UTC`. */
export function formatMoment(ms: number): string {
  return `${momentOf(new Date(ms))} UTC`;
}

function momentOf(date: Date): string {
  return `${dayOf(date)} ${date.getUTCFullYear()} ${timeOf(date)}`;
}

function timeOf(date: Date): string {
  return date.toISOString().slice(11, 16);
}

function dayOf(date: Date): string {
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]}`;
}
