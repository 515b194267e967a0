import type { ChartOwner } from './charts/chart-store.ts';
import type { ChartRequest, KeptChart } from './charts/charts.ts';
import type { StoredAnomaly } from './metrics/anomalies/anomaly-store.ts';
import type { StoredAnomalyQuery } from './metrics/anomalies/find-stored-anomalies.ts';
import type { AnomalyRequest, AnomalyResult } from './metrics/find-anomalies.ts';
import type { CorrelationRequest, CorrelationResult } from './metrics/find-correlated.ts';
import type { CapacityProgress, CapacityRequest, CapacityResult } from './metrics/forecast-capacity.ts';
import type { ForecastRequest, MetricForecast } from './metrics/forecast-metric.ts';
import type { HostFacts } from './metrics/host-facts.ts';
import type { CatalogEntry, HostSummary } from './metrics/metrics.ts';
import type { MetricQuery, QueryResult } from './metrics/query.ts';
import type { AuditPage, AuditQuery } from './security/audit.ts';

export type { HostFacts };

/** What a call may reach. Each method throws OpenManagerError with the codes of the engine that does the work. */
export interface App {
  readonly localHost: string;
  hosts(): Promise<readonly HostSummary[]>;
  hostFacts(host: string | undefined): Promise<HostFacts>;
  catalog(host: string | undefined): Promise<readonly CatalogEntry[]>;
  queryMetric(query: MetricQuery): Promise<QueryResult>;
  forecastMetric(request: ForecastRequest, signal: AbortSignal): Promise<MetricForecast>;
  forecastCapacity(request: CapacityRequest, signal: AbortSignal, progress: CapacityProgress): Promise<CapacityResult>;
  findAnomalies(
    request: AnomalyRequest,
    signal: AbortSignal,
    progress: (done: number, total: number, message: string) => void,
  ): Promise<AnomalyResult>;
  findCorrelated(
    request: CorrelationRequest,
    signal: AbortSignal,
    progress: (done: number, total: number, message: string) => void,
  ): Promise<CorrelationResult>;
  /** The anomalies that were flagged as their samples arrived: those that last first, then the latest. */
  storedAnomalies(query: StoredAnomalyQuery): Promise<readonly StoredAnomaly[]>;
  /** Draws a chart and keeps it for its owner. */
  drawChart(request: ChartRequest, owner: ChartOwner, signal: AbortSignal): Promise<KeptChart>;
  /** The SVG of a kept chart. */
  chartSvg(id: string, owner: ChartOwner): Promise<string>;
  queryAudit(query: AuditQuery): Promise<AuditPage>;
}
