import type { ResourceDefinition } from '../src/server/define.ts';
import { analysesResource } from './analyses.ts';
import { analysisResource } from './analysis.ts';
import { chartResource } from './chart.ts';
import { hostResource } from './host.ts';
import { hostMetricResource } from './host-metric.ts';
import { hostsResource } from './hosts.ts';

/** Every resource, fixed ones first. */
export const resources: readonly ResourceDefinition[] = [
  hostsResource,
  analysesResource,
  hostResource,
  hostMetricResource,
  analysisResource,
  chartResource,
];
