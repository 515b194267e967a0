import type { ResourceDefinition } from '../src/server/define.ts';
import { analysesResource } from './analyses.ts';
import { analysisResource } from './analysis.ts';
import { anomaliesResource } from './anomalies.ts';
import { chartResource } from './chart.ts';
import { hostResource } from './host.ts';
import { hostAnomaliesResource } from './host-anomalies.ts';
import { hostMetricResource } from './host-metric.ts';
import { hostsResource } from './hosts.ts';

/** Every resource, fixed ones first. */
export const resources: readonly ResourceDefinition[] = [
  hostsResource,
  anomaliesResource,
  analysesResource,
  hostResource,
  hostMetricResource,
  hostAnomaliesResource,
  analysisResource,
  chartResource,
];
