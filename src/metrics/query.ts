import { OpenManagerError } from '../core/errors.ts';
import type { Descriptor } from '../core/series.ts';
import { type Statistics, statistics } from '../core/statistics.ts';
import { formatDuration, formatTime } from '../core/time.ts';
import type { Metrics, SeriesSelection, TimeWindow } from './metrics.ts';
import { type Aggregation, niceStep, type Resampled, resample } from './resample.ts';

export interface MetricQuery extends SeriesSelection, TimeWindow {
  /** The shortest of the usual ones that makes at most 60 points when left out. */
  readonly stepMs?: number | undefined;
  readonly aggregation: Aggregation;
  /** 60, the most there are, when left out. */
  readonly maxPoints?: number | undefined;
}

export interface QueriedSeries extends Descriptor {
  readonly host: string;
  /** Of the samples, not of the points. */
  readonly statistics: Statistics;
  readonly points: Resampled;
}

export interface QueryResult {
  readonly stepMs: number;
  /** How many series were asked for. */
  readonly matched: number;
  /** Those that have samples in the window. */
  readonly series: readonly QueriedSeries[];
}

const maxQueryPoints = 60;

/**
 * Statistics and points of the series that match.
 * @throws OpenManagerError `not_found` for an unknown host, metric or labels, `invalid_argument` for an empty window or a
 * step that makes more than 60 points.
 */
export async function queryMetric(metrics: Metrics, query: MetricQuery): Promise<QueryResult> {
  requireWindow(query);
  const selected = await metrics.read(query, query);
  // Where the history starts within the window, the points show it and not the emptiness before.
  const firstMs = Math.min(...selected.map(({ samples }) => samples.timesMs[0] ?? query.toMs));
  const window = { fromMs: Math.max(query.fromMs, Math.min(firstMs, query.toMs - 1)), toMs: query.toMs };
  const stepMs = stepOf(window, query, metrics.intervalMs);
  const series = selected.flatMap(({ samples, ...descriptor }) =>
    samples.values.length === 0
      ? []
      : [
          {
            ...descriptor,
            statistics: statistics(samples.values),
            points: resample(samples, { ...window, stepMs }, query.aggregation),
          },
        ],
  );
  return { stepMs, matched: selected.length, series };
}

/** @throws OpenManagerError `invalid_argument` when the window is empty. */
export function requireWindow({ fromMs, toMs }: TimeWindow): void {
  if (fromMs < toMs) return;
  throw new OpenManagerError(
    'invalid_argument',
    `from (${formatTime(fromMs)}) must be before to (${formatTime(toMs)}).`,
  );
}

function stepOf(
  { fromMs, toMs }: TimeWindow,
  { stepMs, maxPoints = maxQueryPoints }: Pick<MetricQuery, 'stepMs' | 'maxPoints'>,
  intervalMs: number,
): number {
  // A window that does not start on the grid touches one step more than it is long.
  if (stepMs === undefined) return niceStep(toMs - fromMs, Math.min(maxPoints, maxQueryPoints) - 1, intervalMs);
  if ((toMs - fromMs) / stepMs <= maxQueryPoints - 1) return stepMs;
  const points = Math.ceil((toMs - fromMs) / stepMs);
  const shortest = formatDuration(niceStep(toMs - fromMs, maxQueryPoints - 1, intervalMs));
  throw new OpenManagerError(
    'invalid_argument',
    `step: ${formatDuration(stepMs)} makes ${points} points of this window, ${maxQueryPoints} are the most; use ${shortest} or more, or a shorter window.`,
  );
}
