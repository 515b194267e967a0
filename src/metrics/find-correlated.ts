import { rankChanges } from '../analytics/index.ts';
import type { AnalyticsRunner } from '../analytics/runner.ts';
import { OpenManagerError } from '../core/errors.ts';
import { inParallel } from '../core/parallel.ts';
import type { Descriptor } from '../core/series.ts';
import { type CorrelatedResource, describeResources } from './correlated-resource.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { isGrowing } from './growing-metrics.ts';
import { type ComparedSeries, createComparison, groupsOf } from './incident-comparison.ts';
import { createIncidentReader, type IncidentSeries } from './incident-reader.ts';
import { type IncidentSteps, incidentSteps, incidentWindows } from './incident-steps.ts';
import type { FoundSeries, Metrics, TimeWindow } from './metrics.ts';
import { extreme } from './query.ts';
import { usualInterval } from './usual-interval.ts';

export type { CorrelatedResource, CorrelatedSeries } from './correlated-resource.ts';

/** The window is that of the incident. */
export interface CorrelationRequest extends TimeWindow {
  readonly nowMs: number;
  readonly host?: string | undefined;
  /** The metric that was odd: then the others are ranked by how they moved with it. */
  readonly metric?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** When all was well; four times as long as the incident and just before it when left out. */
  readonly baseline?: TimeWindow | undefined;
}

export interface CorrelationResult {
  readonly stepMs: number;
  /** What the incident was held against. */
  readonly baseline: TimeWindow;
  /** At the same time of how many days before it was looked for what changed now; none where history is short. */
  readonly earlierDays: number;
  /** Looked at, and those of them of which something can be said. */
  readonly series: number;
  readonly compared: number;
  /** Those that changed as they do not by themselves. */
  readonly changed: number;
  /** Not looked at, as there are too many for one answer. */
  readonly leftOut: number;
  /** Of each window. */
  readonly samples: { readonly baseline: number; readonly incident: number };
  /** Of the incident. */
  readonly coverage: Coverage;
  /** The series that was asked about, and whether it changed itself: else nothing can have moved with it. */
  readonly metric: (Descriptor & { readonly changed: boolean }) | null;
  /** The likeliest cause first. */
  readonly resources: readonly CorrelatedResource[];
}

const maxSeries = 600;
/** Of those that carry the metric's name the one that changed most is meant. */
const maxAsked = 20;
/** While one is computed the next is read. */
const groupsAtOnce = 2;
/** Nothing is called the earlier one within so many steps, or so much of the incident. */
const leastResolution = 2;
const resolutionShare = 0.05;
/** Days before at whose same time it is looked whether a change is usual: the last ones and the same day of the week. */
const daysBefore = [1, 2, 3, 4, 7];
const leastDays = 3;
const dayMs = 86_400_000;
const longestWithDaysMs = dayMs / 2;

/**
 * What changed on a host in an incident, by resource, the likeliest causes first.
 * @throws OpenManagerError `not_found` for an unknown host, metric or labels; `invalid_argument` for an empty window, a
 * baseline that overlaps the incident, or labels without a metric; `cancelled` when `signal` aborts.
 */
export async function findCorrelated(
  { metrics, analytics }: { metrics: Metrics; analytics: AnalyticsRunner },
  request: CorrelationRequest,
  signal: AbortSignal,
  progress: (done: number, total: number, message: string) => void,
): Promise<CorrelationResult> {
  const windows = incidentWindows({ fromMs: request.fromMs, toMs: request.toMs }, request.baseline);
  const asked = await askedSeries(metrics, request);
  const matching = await comparableSeries(metrics, request, Math.min(windows.baseline.fromMs, request.fromMs));
  const series = matching.slice(0, maxSeries);
  const intervalMs = await usualInterval(metrics, series);
  const spans = { firstMs: extreme(series, 'firstMs', Math.min), lastMs: extreme(series, 'lastMs', Math.max) };
  const steps = incidentSteps(windows, { knownFromMs: spans.firstMs, nowMs: request.nowMs, intervalMs });
  const reader = createIncidentReader(metrics, steps);
  const comparison = createComparison(analytics, steps);
  const [reference] = await comparison.strongestFirst(await readAsked(metrics, steps, asked), signal);
  const compared: ComparedSeries[] = [];
  let done = 0;
  progress(done, series.length, 'Reading');
  await inParallel(groupsOf(series), { atOnce: groupsAtOnce, signal }, async (group, either) => {
    compared.push(...(await comparison.compare(await reader.read(group), either, reference)));
    done += group.length;
    progress(done, series.length, `Looked at ${done} series`);
  });
  const resolution = Math.max(leastResolution, Math.ceil(resolutionShare * steps.incidentGrid.count));
  const metric = reference ? askedMetric(reference) : null;
  const rank = (series: readonly ComparedSeries[]) =>
    rankChanges(series, { metric: reference?.id, steps: steps.incidentGrid.count, resolution });
  const days = earlierDays(steps, spans.firstMs);
  const changed = new Set(rank(compared).candidates.flatMap(({ members }) => members.map(({ id }) => id)));
  const ranking = rank(
    await comparison.besideEarlierDays(compared, { changed, days, reader, series, reference }, signal),
  );
  return {
    stepMs: steps.stepMs,
    baseline: steps.baseline,
    earlierDays: changed.size > 0 ? days.length : 0,
    series: series.length,
    compared: ranking.compared,
    changed: ranking.changed,
    leftOut: matching.length - series.length,
    samples: reader.samples(),
    coverage: await coverageOf(metrics, {
      ...spans,
      window: windows.incident,
      nowMs: request.nowMs,
      ...reader.tally,
      counts: reader.tally.n,
      series: series.length,
      intervalMs,
      damagedHours: reader.damagedHours,
    }),
    metric,
    resources: describeResources(ranking.candidates, { steps, resolution, metric }),
  };
}

async function askedSeries(
  metrics: Metrics,
  { host, metric, labels }: CorrelationRequest,
): Promise<readonly FoundSeries[]> {
  if (metric !== undefined) return metrics.find({ host, metric, labels });
  if (labels === undefined) return [];
  throw new OpenManagerError('invalid_argument', 'labels need a metric; list_metrics names them.');
}

/** All of the host but those that ended before. */
async function comparableSeries(
  metrics: Metrics,
  { host }: CorrelationRequest,
  sinceMs: number,
): Promise<readonly FoundSeries[]> {
  const all = await metrics.findAll(host);
  return all.filter(({ metric, lastMs = sinceMs }) => !isGrowing(metric) && lastMs >= sinceMs);
}

function askedMetric({ metric, labels, unit, change }: ComparedSeries) {
  return { metric, labels, unit, changed: change.onset !== null };
}

function readAsked(
  metrics: Metrics,
  steps: IncidentSteps,
  asked: readonly FoundSeries[],
): Promise<readonly IncidentSeries[]> {
  return asked.length === 0 ? Promise.resolve([]) : createIncidentReader(metrics, steps).read(asked.slice(0, maxAsked));
}

/** Those of which there is history, and none where the incident is no part of a day. */
function earlierDays({ baseline, incident }: IncidentSteps, firstMs: number | undefined): readonly number[] {
  if (firstMs === undefined || incident.toMs - incident.fromMs > longestWithDaysMs) return [];
  const fromMs = Math.min(baseline.fromMs, incident.fromMs);
  const known = daysBefore.filter((days) => fromMs - days * dayMs >= firstMs);
  return known.length >= leastDays ? known : [];
}
