import type { Database } from '../../storage/database.ts';
import type { Metrics, TimeWindow } from '../metrics.ts';
import { readAnomalies, type StoredAnomaly } from './anomaly-store.ts';

export interface StoredAnomalyQuery extends TimeWindow {
  /** All hosts when left out. */
  readonly host?: string | undefined;
}

/** Read at most; the latest ones of more. */
const maxRead = 5_000;

/**
 * The anomalies that lasted at any time within a window, as they were flagged when their samples arrived: those that
 * last first, the strongest of them ahead, then the latest.
 * @throws OpenManagerError `not_found` for an unknown host.
 */
export async function findStoredAnomalies(
  { metrics, database }: { metrics: Pick<Metrics, 'findAll'>; database: () => Promise<Database> },
  { host, fromMs, toMs }: StoredAnomalyQuery,
): Promise<readonly StoredAnomaly[]> {
  const series = host === undefined ? [] : await metrics.findAll(host);
  const { db } = await database();
  const found = await readAnomalies(db, { host: series[0]?.host ?? host, fromMs, toMs, limit: maxRead });
  const open = found.filter(({ endMs }) => endMs === null).sort((a, b) => b.peak.score - a.peak.score);
  return [...open, ...found.filter(({ endMs }) => endMs !== null)];
}
