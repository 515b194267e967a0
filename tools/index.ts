import type { AnyTool } from '../src/server/define.ts';
import { detectAnomalies } from './detect-anomalies.ts';
import { findCorrelatedMetrics } from './find-correlated-metrics.ts';
import { forecastCapacity } from './forecast-capacity.ts';
import { forecastMetric } from './forecast-metric.ts';
import { getHostSnapshot } from './get-host-snapshot.ts';
import { listHosts } from './list-hosts.ts';
import { listMetrics } from './list-metrics.ts';
import { queryAuditLog } from './query-audit-log.ts';
import { queryMetrics } from './query-metrics.ts';

/** Every tool, in the order in which clients see them. */
export const tools: readonly AnyTool[] = [
  listHosts,
  getHostSnapshot,
  listMetrics,
  queryMetrics,
  forecastMetric,
  forecastCapacity,
  detectAnomalies,
  findCorrelatedMetrics,
  queryAuditLog,
];
