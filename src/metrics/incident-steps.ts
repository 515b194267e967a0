import { OpenManagerError } from '../core/errors.ts';
import { formatTime } from '../core/time.ts';
import { type Grid, gridOf } from './buckets.ts';
import type { TimeWindow } from './metrics.ts';
import { requireWindow } from './query.ts';
import { niceStep } from './resample.ts';

/** The steps of an incident and of the time that it is held against, one after the other in a series' values. */
export interface IncidentSteps {
  readonly stepMs: number;
  /** What the steps cover, the incident at most to now and the baseline from the first sample on. */
  readonly baseline: TimeWindow;
  readonly incident: TimeWindow;
  readonly baselineGrid: Grid;
  readonly incidentGrid: Grid;
  /** Start of the step at an index of the values. */
  timeOf(index: number): number;
}

export interface IncidentWindows {
  readonly incident: TimeWindow;
  readonly baseline: TimeWindow;
}

/** Enough to tell when something began; the baseline has some four times as many. */
const maxSteps = 240;
/** The time before the incident that it is held against, when none is told, as a multiple of the incident's. */
const baselineTimes = 4;

/** @throws OpenManagerError `invalid_argument` when a window is empty, or the baseline is a part of the incident. */
export function incidentWindows(incident: TimeWindow, baseline: TimeWindow | undefined): IncidentWindows {
  requireWindow(incident);
  const { fromMs, toMs } = incident;
  if (baseline === undefined) {
    return { incident, baseline: { fromMs: fromMs - baselineTimes * (toMs - fromMs), toMs: fromMs } };
  }
  if (baseline.toMs <= fromMs || baseline.fromMs >= toMs) return { incident, baseline };
  const span = ({ fromMs, toMs }: TimeWindow) => `${formatTime(fromMs)} to ${formatTime(toMs)}`;
  throw new OpenManagerError(
    'invalid_argument',
    `baseline: ${span(baseline)} overlaps the incident, ${span(incident)}; name a time in which all was well.`,
  );
}

/** `knownFromMs`: when the first sample is of, where any is known; `intervalMs`: time between two samples, mostly. */
export function incidentSteps(
  { incident, baseline }: IncidentWindows,
  { knownFromMs, nowMs, intervalMs }: { knownFromMs: number | undefined; nowMs: number; intervalMs: number },
): IncidentSteps {
  const stepMs = niceStep(incident.toMs - incident.fromMs, maxSteps, intervalMs);
  const toMs = Math.max(incident.fromMs + 1, Math.min(incident.toMs, nowMs));
  const incidentGrid = gridOf({ fromMs: incident.fromMs, toMs }, stepMs);
  const from = Math.min(baseline.toMs, Math.max(baseline.fromMs, knownFromMs ?? baseline.fromMs));
  // The step in which one ends and the other begins belongs to the incident.
  const end = baseline.toMs <= incident.fromMs ? Math.min(baseline.toMs, incidentGrid.startMs) : baseline.toMs;
  const baselineGrid = gridOf({ fromMs: from, toMs: Math.max(from, end) }, stepMs);
  return {
    stepMs,
    baseline: { fromMs: from, toMs: Math.max(from, end) },
    incident: { fromMs: incident.fromMs, toMs },
    baselineGrid,
    incidentGrid,
    timeOf: (index) =>
      index < baselineGrid.count
        ? baselineGrid.startMs + index * stepMs
        : incidentGrid.startMs + (index - baselineGrid.count) * stepMs,
  };
}
