import {
  completeHost,
  completing,
  coverageData,
  formatDuration,
  formatTime,
  jsonNumber,
  type ResourceDefinition,
  safeJson,
  safeLabels,
} from '../src/server/define.ts';

const windowMs = 3_600_000;

export const hostMetricResource: ResourceDefinition = {
  name: 'host-metric',
  title: 'Metric of a host',
  description: 'The last hour of a metric: statistics and at most 60 points a series',
  mimeType: 'application/json',
  uri: 'openmanager://hosts/{host}/metrics/{metric}',
  async complete(variable, typed, known, call) {
    if (variable === 'host') return completeHost(typed, call);
    const catalog = await call.app.catalog(known.host);
    return completing([...new Set(catalog.map(({ metric }) => metric))], typed);
  },
  async read({ host, metric = '' }, call) {
    const window = { fromMs: call.nowMs - windowMs, toMs: call.nowMs + 1 };
    const { series, coverage } = await call.app.queryMetric({
      host,
      metric,
      ...window,
      nowMs: call.nowMs,
      aggregation: 'avg',
    });
    const page = call.fit(series, {
      line: () => '',
      row: ({ labels, unit, statistics, points }) => ({
        labels: safeLabels(labels),
        unit,
        statistics: Object.fromEntries(Object.entries(statistics).map(([name, value]) => [name, jsonNumber(value)])),
        start: formatTime(points.startMs),
        step: formatDuration(points.stepMs),
        values: Array.from(points.values, (value) => jsonNumber(value, 4)),
      }),
    });
    return {
      mimeType: 'application/json',
      text: safeJson({ host, metric, coverage: coverageData(coverage), series: page.rows, ...page.paging }),
    };
  },
};
