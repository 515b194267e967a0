import { OpenManagerError } from '../../core/errors.ts';
import type { PrometheusClient } from './prometheus-client.ts';

/** Whether a metric's values are totals that only grow until they start again from zero. */
export type IsCounter = (metric: string) => boolean;

/** `unknown` to all that is no type here: metrics of federation have it, and so says nothing. */
const knownTypes = new Set(['counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset']);

/**
 * Asks what the server knows of its metrics (https://prometheus.io/docs/prometheus/latest/querying/api/, "Querying
 * metric metadata"): only of what it scrapes now, and some servers have none or only an empty answer. The name tells of
 * the others.
 * @throws `unavailable` when the server fails: by names alone the same import would be another.
 */
export async function readCounters(client: PrometheusClient, signal: AbortSignal): Promise<IsCounter> {
  const types = typesOf(await readMetadata(client, signal));
  return (metric) => {
    const type = types.get(metric);
    return type === undefined ? isNamedCounter(metric, types) : type === 'counter';
  };
}

async function readMetadata(client: PrometheusClient, signal: AbortSignal): Promise<unknown> {
  try {
    const answer = await client.get('metadata', {}, signal);
    return answer.kind === 'data' ? answer.data : null;
  } catch (error) {
    // A server without it, or a proxy that does not let it through.
    if (error instanceof OpenManagerError && error.code !== 'unavailable') return null;
    throw error;
  }
}

/** By metric, `{"up": [{"type": "gauge", ...}]}`: an entry for each text that a target has for it. */
function typesOf(metadata: unknown): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  if (typeof metadata !== 'object' || metadata === null) return types;
  for (const [metric, entries] of Object.entries(metadata)) {
    const all = (Array.isArray(entries) ? entries : []).map((entry: { type?: unknown } | null) => entry?.type);
    const [type, ...others] = new Set(all.filter((one) => typeof one === 'string' && knownTypes.has(one)));
    // Targets that contradict each other leave it to the name.
    if (typeof type === 'string' && others.length === 0) types.set(metric, type);
  }
  return types;
}

/**
 * As OpenMetrics names the samples of counters, histograms and summaries, whose metadata has the name without the
 * ending (https://prometheus.io/docs/specs/om/open_metrics_spec/#suffixes). Names with colons are of recording rules
 * (https://prometheus.io/docs/practices/rules/), which mostly have made a rate of it already.
 */
function isNamedCounter(metric: string, types: ReadonlyMap<string, string>): boolean {
  const [, family = ''] = /^([^:]+)_(?:total|bucket|count|sum)$/.exec(metric) ?? [];
  return family !== '' && types.get(family) !== 'gaugehistogram';
}
