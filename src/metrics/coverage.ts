import { quantile } from '../core/statistics.ts';
import { formatAbout, formatDuration, formatTime } from '../core/time.ts';
import { hourMs } from './chunk-key.ts';
import { formatMegabytes } from './history-limit.ts';
import type { Trimmed } from './retention-store.ts';
import type { TimeWindow } from './series-selection.ts';

/** How much of a window there are samples for, and why not of all of it. */
export interface Coverage {
  readonly askedMs: number;
  readonly coveredMs: number;
  /** One clause each, e.g. `data starts at 2026-11-24T10:00:00Z`; empty when all is covered. */
  readonly reasons: readonly string[];
}

export interface CoverageInput {
  readonly window: TimeWindow;
  readonly nowMs: number;
  /** Start and length of the steps that were looked at. */
  readonly startMs: number;
  readonly stepMs: number;
  /** Milliseconds between two samples, mostly; for a window that has too few to tell. */
  readonly intervalMs: number;
  /** Hours since the epoch that were left out, as what is stored of them is damaged; once for each series. */
  readonly damagedHours: readonly number[];
  /** Samples in each step, of all series together. */
  readonly counts: Float64Array;
  readonly series: number;
  /** When there are samples at all, of any time: of the first and of the last of them. */
  readonly firstMs?: number | undefined;
  readonly lastMs?: number | undefined;
}

/** What is deleted of the past. */
export interface Deletion {
  /** Age at which samples are deleted. */
  readonly retentionMs: number;
  /** Since when there is history, where older history took too much room; null when none did. */
  trimmed(): Promise<Trimmed | null>;
}

/** So many usual distances between two samples without any are a gap. */
export const gapDistances = 2.5;

interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

export async function coverageOf(deletion: Deletion, input: CoverageInput): Promise<Coverage> {
  const { window, nowMs, firstMs, damagedHours } = input;
  const askedMs = window.toMs - window.fromMs;
  const gaps = gapsOf(input);
  const missingMs = gaps.reduce((sum, gap) => sum + gap.toMs - gap.fromMs, 0) + unreadableMs(input);
  const coveredMs = Math.max(0, askedMs - missingMs);
  const future = window.toMs > nowMs + 60_000 ? ['part of it is in the future'] : [];
  const startsLater = gaps.some(({ fromMs }) => fromMs === window.fromMs) && firstMs !== undefined;
  const why = startsLater ? await reasonOfStart(firstMs, nowMs, deletion) : '';
  const damaged = damagedHours.length > 0 ? [reasonOfDamage(damagedHours.length)] : [];
  return { askedMs, coveredMs, reasons: [...reasonsOf(gaps, input, why), ...damaged, ...future] };
}

/** Why there is nothing before the first sample, as a clause; empty when nothing was deleted there. */
async function reasonOfStart(firstMs: number, nowMs: number, { retentionMs, trimmed }: Deletion): Promise<string> {
  // Whole hours are deleted.
  if (firstMs < nowMs - retentionMs + 2 * hourMs) return `, older data is deleted after ${formatDuration(retentionMs)}`;
  const last = await trimmed();
  if (last === null || firstMs < last.beforeMs || firstMs >= last.beforeMs + hourMs) return '';
  return `, older data was deleted to keep to ${formatMegabytes(last.maxBytes)}`;
}

/** @param why why nothing is older than the first sample. */
function reasonsOf(gaps: readonly Gap[], input: CoverageInput, why: string): string[] {
  const { window } = input;
  const [only] = gaps;
  if (only?.fromMs === window.fromMs && only.toMs === window.toMs) return [reasonForNone(input, why)];
  const before = gaps.find(({ fromMs }) => fromMs === window.fromMs);
  const after = gaps.find(({ toMs }) => toMs === window.toMs);
  const between = gaps.filter((gap) => gap !== before && gap !== after);
  const reasons = [
    before && reasonBefore(before, input, why),
    between.length > 0 ? reasonBetween(between) : undefined,
    after && reasonAfter(after, input),
  ];
  return reasons.filter((reason) => reason !== undefined);
}

/** Why there is nothing at all in the window. */
function reasonForNone({ firstMs, lastMs, window }: CoverageInput, why: string): string {
  if (firstMs === undefined || lastMs === undefined) return 'there is no data of it';
  if (firstMs >= window.toMs) return `data starts later, at ${formatTime(firstMs)}${why}`;
  if (lastMs <= window.fromMs) return `data ends at ${formatTime(lastMs)}`;
  return 'nothing was collected in that time';
}

function reasonOfDamage(hours: number): string {
  return `${hours} hour${hours > 1 ? 's' : ''} of it cannot be read, the data is damaged`;
}

/** Steps without samples that lie in damaged hours. */
function unreadableSteps({ startMs, stepMs, counts, damagedHours }: CoverageInput): ReadonlySet<number> {
  const steps = new Set<number>();
  for (const hour of damagedHours) {
    const from = Math.floor((hour * hourMs - startMs) / stepMs);
    const to = Math.ceil(((hour + 1) * hourMs - startMs) / stepMs);
    for (let i = Math.max(0, from); i < to; i += 1) if (counts[i] === 0) steps.add(i);
  }
  return steps;
}

function unreadableMs(input: CoverageInput): number {
  return unreadableSteps(input).size * input.stepMs;
}

function gapsOf(input: CoverageInput): Gap[] {
  const { window, startMs, stepMs, counts, nowMs, firstMs, lastMs } = input;
  const unreadable = unreadableSteps(input);
  const isFilled = (count: number, i: number) => count > 0 || unreadable.has(i);
  const from = counts.findIndex(isFilled);
  if (from < 0) return [{ ...window }];
  const to = counts.findLastIndex(isFilled);
  const least = gapDistances * usualDistance(input) * stepMs;
  const gaps: Gap[] = [];
  const add = (fromMs: number, toMs: number) => {
    const gap = { fromMs: Math.max(window.fromMs, fromMs), toMs: Math.min(window.toMs, toMs) };
    if (gap.toMs - gap.fromMs >= least) gaps.push(gap);
  };
  // The ends of all data are known better than to a step.
  const within = (timeMs: number | undefined, step: number, otherwiseMs: number) =>
    timeMs !== undefined && Math.floor((timeMs - startMs) / stepMs) === step ? timeMs : otherwiseMs;
  add(window.fromMs, within(firstMs, from, startMs + from * stepMs));
  let covered = from;
  for (let i = from + 1; i <= to; i += 1) {
    if (!isFilled(counts[i] as number, i)) continue;
    add(startMs + (covered + 1) * stepMs, startMs + i * stepMs);
    covered = i;
  }
  const endMs = within(lastMs, to, startMs + (to + 1) * stepMs);
  add(nowMs - endMs < least ? Math.max(endMs, nowMs) : endMs, window.toMs);
  return gaps;
}

/** Steps between two samples of a series, mostly. */
function usualDistance({ counts, series, intervalMs, stepMs }: CoverageInput): number {
  const filled = [...counts.keys()].filter((i) => (counts[i] as number) > 0);
  const distances = Float64Array.from(filled.slice(1), (step, i) => step - (filled[i] as number)).sort();
  const samples = counts.reduce((sum, count) => sum + count, 0) / filled.length / Math.max(1, series);
  if (distances.length < 2) return intervalMs / stepMs;
  return quantile(distances, 0.5) / Math.max(1, samples);
}

function reasonBefore(gap: Gap, { firstMs }: CoverageInput, why: string): string {
  if (firstMs === undefined || firstMs < gap.fromMs) return `nothing was collected before ${formatTime(gap.toMs)}`;
  return `data starts at ${formatTime(firstMs)}${why}`;
}

function reasonBetween(gaps: readonly Gap[]): string {
  const longest = gaps.reduce((one, other) => (other.toMs - other.fromMs > one.toMs - one.fromMs ? other : one));
  const span = `${formatTime(longest.fromMs)} to ${formatTime(longest.toMs)}`;
  return gaps.length === 1
    ? `nothing was collected from ${span}`
    : `nothing was collected in ${gaps.length} gaps, the longest from ${span}`;
}

function reasonAfter(gap: Gap, { lastMs, nowMs }: CoverageInput): string | undefined {
  if (gap.fromMs >= nowMs) return undefined;
  if (lastMs !== undefined && lastMs > gap.toMs) return `nothing was collected after ${formatTime(gap.fromMs)}`;
  return `data ends at ${formatTime(lastMs ?? gap.fromMs)}`;
}

/**
 * One sentence, or nothing when all is covered.
 * @param whole what the window is of: what was asked for, unless it was chosen without being asked
 */
export function coverageNote({ askedMs, coveredMs, reasons }: Coverage, whole = 'asked for'): string {
  if (reasons.length === 0) return '';
  const percent = Math.floor((100 * coveredMs) / askedMs);
  return `Covered: ${percent} % of the ${formatAbout(askedMs)} ${whole}; ${reasons.join('; ')}.`;
}

/** The same for programs: the share that is covered, and why it is not all. */
export function coverageData({ askedMs, coveredMs, reasons }: Coverage) {
  return { covered: Math.floor((1000 * coveredMs) / askedMs) / 1000, reasons };
}
