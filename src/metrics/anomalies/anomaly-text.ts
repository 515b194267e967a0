import { jsonNumber } from '../../core/format.ts';
import { safeLabels, safeName } from '../../core/text.ts';
import { formatTime } from '../../core/time.ts';
import type { StoredAnomaly } from './anomaly-store.ts';

/** A stored anomaly as data; every name in it is safe to show. */
export function anomalyData(one: StoredAnomaly): Record<string, unknown> {
  const { peak, endMs } = one;
  return {
    id: one.id,
    host: safeName(one.host, 255),
    metric: safeName(one.metric),
    labels: safeLabels(one.labels),
    unit: one.unit,
    start: formatTime(one.startMs),
    end: endMs === null ? null : formatTime(endMs),
    peak: formatTime(peak.timeMs),
    value: jsonNumber(peak.value),
    expected: jsonNumber(peak.expected),
    lower: jsonNumber(peak.lower),
    upper: jsonNumber(peak.upper),
    score: jsonNumber(peak.score, 3),
    severity: one.severity,
    direction: one.direction,
    group: one.group,
    ...hypothesisData(one),
  };
}

function hypothesisData({ hypotheses }: Pick<StoredAnomaly, 'hypotheses'>): Record<string, unknown> {
  if (hypotheses.length === 0) return {};
  return { hypotheses: hypotheses.map(({ kind, evidence }) => ({ kind, evidence: safeName(evidence, 300) })) };
}
