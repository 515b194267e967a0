import type { Descriptor } from '../../core/series.ts';
import { seriesKey } from '../series-key.ts';
import { shownUnit } from '../shown-unit.ts';
import type { Anomaly } from './anomaly.ts';
import type { StoredAnomaly } from './anomaly-store.ts';

/**
 * What a search found together with what was flagged as samples arrived, unordered: an interval and a flagged anomaly of
 * the same series that overlap are one, of which the stronger tells.
 * @param series the only ones that are told of.
 * @param untilMs an anomaly that lasts is told until then.
 */
export function withFlagged(
  found: readonly Anomaly[],
  flagged: readonly StoredAnomaly[],
  series: readonly Descriptor[],
  untilMs: number,
): Anomaly[] {
  const wanted = new Set(series.map(seriesKey));
  const bySeries = Map.groupBy(
    flagged.filter((one) => wanted.has(seriesKey(one))),
    seriesKey,
  );
  const matched = new Set<StoredAnomaly>();
  const merged = found.map((one) => {
    const same = (bySeries.get(seriesKey(one)) ?? []).filter((other) => overlap(one, other));
    for (const other of same) matched.add(other);
    return merge(one, same);
  });
  const others = [...bySeries.values()].flat().filter((one) => !matched.has(one));
  return [...merged, ...others.map((one) => describe(one, untilMs))];
}

function overlap(one: Anomaly, { startMs, endMs }: StoredAnomaly): boolean {
  return startMs < one.endMs && (endMs ?? Number.POSITIVE_INFINITY) > one.startMs;
}

function merge(one: Anomaly, same: readonly StoredAnomaly[]): Anomaly {
  const [strongest] = same.toSorted((a, b) => b.peak.score - a.peak.score);
  const [first] = same.toSorted((a, b) => a.startMs - b.startMs);
  if (strongest === undefined || first === undefined) return one;
  const hypotheses = new Map(same.flatMap((other) => other.hypotheses).map((known) => [known.kind, known]));
  const flagged = { timeMs: first.startMs, group: first.group, hypotheses: [...hypotheses.values()] };
  return strongest.peak.score > one.score ? { ...one, ...peakOf(strongest), flagged } : { ...one, flagged };
}

function describe(one: StoredAnomaly, untilMs: number): Anomaly {
  const { metric, labels, unit, startMs, endMs, group, hypotheses, peak } = one;
  return {
    kind: 'value',
    metric,
    labels,
    unit,
    shownUnit: shownUnit(one, [peak.value, peak.expected].filter(Number.isFinite)),
    startMs,
    endMs: endMs ?? Math.max(untilMs, one.lastMs),
    ...peakOf(one),
    flagged: { timeMs: startMs, group, hypotheses },
  };
}

function peakOf({ peak: { timeMs, ...peak }, severity }: StoredAnomaly) {
  return { peakMs: timeMs, ...peak, severity };
}
