import type { Labels } from '../../core/series.ts';
import type { StoredSeries } from '../stored-series.ts';
import { type ExportFormat, numberText } from './export-format.ts';

/**
 * OpenMetrics text with timestamps in seconds, as `promtool tsdb create-blocks-from openmetrics` reads it
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/). Names are escaped as OpenTelemetry says
 * (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/): `system.disk.io` in `By/s` is
 * `system_disk_io_bytes_per_second`. Where several series get the same name and labels, all but the first have the label
 * `openmanager_series` with their number in the database. It is for one export, as it knows the series before.
 */
export function createOpenMetricsFormat(): ExportFormat {
  const heads = new Set<string>();
  return {
    groupOf: metricName,
    begin: '',
    beginGroup: (group) => `# TYPE ${group} gauge\n`,
    lineOf(series) {
      const name = metricName(series);
      const labels = cleanLabels(series);
      const plain = `${name}${labelText(labels)}`;
      const head = heads.has(plain) ? `${name}${labelText({ ...labels, [numberLabel]: String(series.id) })}` : plain;
      heads.add(head);
      return (timeMs, value) => `${head} ${numberText(value)} ${timeMs / 1000}\n`;
    },
    end: '# EOF\n',
  };
}

const numberLabel = 'openmanager_series';
const ownLabels: ReadonlySet<string> = new Set(['host', numberLabel]);

const unitWords: Readonly<Record<string, string>> = {
  '1': 'ratio',
  '%': 'percent',
  By: 'bytes',
  s: 'seconds',
  ms: 'milliseconds',
  Cel: 'celsius',
  Hz: 'hertz',
  MHz: 'megahertz',
  J: 'joules',
  V: 'volts',
  A: 'amperes',
  W: 'watts',
  m: 'meters',
  g: 'grams',
};

function metricName({ metric, unit }: StoredSeries): string {
  const name = metric.replaceAll(/[^a-zA-Z0-9_:]/g, '_').replace(/^(?=\d)/, '_');
  const suffix = unitSuffix(unit);
  return suffix === '' || name.endsWith(`_${suffix}`) ? name : `${name}_${suffix}`;
}

/** Annotations such as `{operation}` say what is counted, which the metric's name does already. */
function unitSuffix(unit: string): string {
  const [amount = '', per] = unit.replaceAll(/\{[^}]*\}/g, '').split('/');
  const word = unitWords[amount] ?? amount.replaceAll(/[^a-zA-Z0-9]/g, '_');
  return per === 's' ? `${word}_per_second`.replace(/^_/, '') : word;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escaped(text)}"`);
  return `{${pairs.join(',')}}`;
}

/** Names that become the same keep all of their values, in order, joined by semicolons. */
function cleanLabels({ host, labels }: StoredSeries): Labels {
  const values = new Map([['host', host]]);
  for (const [original, value] of Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1))) {
    const escapedName = original.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d|$)/, '_');
    const name = ownLabels.has(escapedName) ? `exported_${escapedName}` : escapedName;
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before};${value}`);
  }
  return Object.fromEntries(values);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
