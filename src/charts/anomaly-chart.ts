import { formatValue, round } from '../core/format.ts';
import { seriesName } from '../core/series.ts';
import { formatDuration } from '../core/time.ts';
import type { Anomaly } from '../metrics/anomalies/anomaly.ts';
import type { ExaminedSeries } from '../metrics/find-anomalies.ts';
import type { TimeChart } from './chart.ts';

export interface AnomalyView {
  /** Milliseconds since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The one that is drawn. */
  readonly series: ExaminedSeries;
  /** Of all series, strongest first. */
  readonly anomalies: readonly Anomaly[];
  /** No series has a history that is long enough to say what is usual. */
  readonly tooShort: boolean;
}

/** One series with the band that it was expected in, and where it left it. */
export function anomalyChart({ fromMs, toMs, series, anomalies, tooShort }: AnomalyView): TimeChart {
  const { host, metric, labels, shownUnit, startMs, stepMs, values, lower, upper } = series;
  const name = seriesName(metric, labels);
  const own = anomalies.filter((one) => seriesName(one.metric, one.labels) === name);
  const others = new Set(anomalies.map((one) => seriesName(one.metric, one.labels)));
  others.delete(name);
  const isKnown = !tooShort && lower.some(Number.isFinite);
  return {
    kind: 'time',
    title: `${name} on ${host}`,
    detail: tooShort ? 'the history is too short to say what is odd' : detailOf(own),
    unit: shownUnit,
    fromMs,
    toMs,
    lines: [{ name: `avg per ${formatDuration(stepMs)}`, role: 'measured', startMs, stepMs, values }],
    bands: isKnown ? [{ name: 'expected', startMs, stepMs, lower, upper }] : [],
    marks: [
      ...own.map((one) => ({ fromMs: one.startMs, toMs: one.endMs })),
      ...own.map((one) => ({ fromMs: one.peakMs, toMs: one.peakMs + stepMs, value: one.value })),
    ],
    marksName: 'odd',
    leftOut: others.size,
  };
}

function detailOf([strongest, ...others]: readonly Anomaly[]): string {
  if (strongest === undefined) return 'nothing odd';
  const { value, shownUnit, score } = strongest;
  const count = others.length === 0 ? '1 odd interval' : `${others.length + 1} odd intervals`;
  return `${count}, strongest ${formatValue(value, shownUnit)} (score ${round(score, 2)})`;
}
