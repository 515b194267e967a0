import { systemClock } from '../core/clock.ts';
import { OpenManagerError } from '../core/errors.ts';
import { closest, safeName } from '../core/text.ts';
import { formatTime, parseTime } from '../core/time.ts';
import { noDamage } from '../metrics/damage.ts';
import { csvFormat } from '../metrics/exporters/csv.ts';
import { type Exported, type ExportRequest, exportHistory } from '../metrics/exporters/export-history.ts';
import { jsonlFormat } from '../metrics/exporters/jsonl.ts';
import { createOpenMetricsFormat } from '../metrics/exporters/open-metrics.ts';
import { createMetricStore, type MetricStore } from '../metrics/metric-store.ts';
import { openHistory } from '../metrics/open-history.ts';
import { runCancellable } from './cancellable.ts';
import type { Command, CommandContext } from './command.ts';
import { damageText } from './damage-text.ts';
import { count, counted } from './import-summary.ts';
import { choiceOption, textOption } from './option-values.ts';
import { writeToFile, writeToStdout } from './output.ts';
import { createProgress } from './progress.ts';
import { assertDatabase } from './stored-database.ts';

const formats = { csv: () => csvFormat, jsonl: () => jsonlFormat, prometheus: createOpenMetricsFormat } as const;
const formatNames = ['csv', 'jsonl', 'prometheus'] as const;

export const exportCommand: Command = {
  name: 'export',
  summary: 'write history to stdout or a file',
  run: (context) =>
    runCancellable({
      work: (signal) => exportHistoryOf(context, signal),
      howToGoOn: () =>
        'What was written is not complete: run the same command again, for a shorter time with --from and --to.',
    }),
};

async function exportHistoryOf({ config, options, log }: CommandContext, signal: AbortSignal): Promise<number> {
  const format = choiceOption(options, 'format', formatNames) ?? 'csv';
  const request = readRequest(options);
  const output = textOption(options, 'output');
  assertDatabase(config);
  await using database = await openHistory({ dataDir: config.dataDir, databaseUrl: config.databaseUrl, log });
  const store = createMetricStore(database);
  const total = await assertSomething(store, request);
  const progress = createProgress({ stream: process.stderr });
  let done: Exported = { samples: 0, series: 0, damage: noDamage };
  const text = exportHistory(store, request, formats[format](), (exported) => {
    done = { ...exported };
    progress.update(() => `${counted(exported.samples, 'sample')} of ${exported.series} of ${total} series written`);
  });
  if (output !== undefined) await writeToFile(output, text, signal);
  else if (!(await writeToStdout(text, signal))) return 0;
  progress.end(summaryOf(done, output, format));
  for (const line of damageText(done.damage, 'was left out')) progress.say(line);
  return done.damage.chunks === 0 ? 0 : 1;
}

function readRequest(options: CommandContext['options']): ExportRequest {
  const nowMs = systemClock.now();
  const time = (name: string) => {
    const text = textOption(options, name);
    return text === undefined ? undefined : parseTime(text, nowMs, `--${name}`);
  };
  const fromMs = time('from') ?? 0;
  const toMs = time('to') ?? Number.MAX_SAFE_INTEGER;
  if (fromMs >= toMs)
    throw new OpenManagerError(
      'invalid_configuration',
      `--from ${formatTime(fromMs)} is not before --to ${formatTime(toMs)}.`,
    );
  const host = textOption(options, 'host');
  const metric = textOption(options, 'metric');
  return { fromMs, toMs, ...(host !== undefined && { host }), ...(metric !== undefined && { metric }) };
}

/** How many series there are to write; an empty file for a mistyped name would look like an answer. */
async function assertSomething(store: MetricStore, { host, metric, ...rest }: ExportRequest): Promise<number> {
  const hosts = (await store.hosts()).map((one) => one.host);
  if (hosts.length === 0)
    throw new OpenManagerError(
      'not_found',
      'There is no history yet: start "openmanager serve", or "openmanager import".',
    );
  if (host !== undefined && !hosts.includes(host)) throw unknown('host', host, hosts);
  const series = await store.series(host === undefined ? {} : { host });
  const metrics = [...new Set(series.map((one) => one.metric))];
  if (metric !== undefined && !metrics.includes(metric)) throw unknown('metric', metric, metrics);
  const { fromMs, toMs } = rest;
  return series.filter(
    ({ firstMs = Number.POSITIVE_INFINITY, lastMs = 0, ...one }) =>
      (metric === undefined || one.metric === metric) && firstMs < toMs && lastMs >= fromMs,
  ).length;
}

function unknown(what: string, name: string, valid: readonly string[]): OpenManagerError {
  const near = closest(name, valid).map((one) => safeName(one));
  return new OpenManagerError(
    'not_found',
    `There is no ${what} "${safeName(name)}". The nearest of ${valid.length}: ${near.join(', ')}.`,
  );
}

function summaryOf({ samples, series, damage }: Exported, output: string | undefined, format: string): string {
  const what = `${counted(samples, 'sample')} of ${count(series)} series written${output === undefined ? '' : ` to ${output}`}.`;
  if (samples === 0 && damage.chunks > 0) return what;
  if (samples === 0) return `${what} There are none in that time: ask list_metrics what there is, and since when.`;
  if (format === 'csv') return `${what} Next: "openmanager import csv FILE" reads it back, also on another machine.`;
  if (format === 'prometheus')
    return `${what} Next: "promtool tsdb create-blocks-from openmetrics FILE" makes blocks of it for Prometheus.`;
  return `${what} Next: ask query_metrics for the same series, to compare.`;
}
