import { OpenManagerError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { formatTime, parseDuration, parseTime } from '../core/time.ts';
import type { ImportMarks } from '../metrics/import-mark-store.ts';
import type { LeftOut } from '../metrics/importers/left-out.ts';
import type { SeriesBatch } from '../metrics/stored-series.ts';
import type { CommandContext } from './command.ts';
import { choiceOption, factorOption, labelsOption, textOption } from './option-values.ts';
import { openSource, readWhole } from './source-file.ts';

/** What an import reads from and tells. */
export interface SourceParts {
  readonly options: CommandContext['options'];
  /** The word after the kind of source. */
  readonly file: string | undefined;
  readonly nowMs: number;
  readonly marks: ImportMarks;
  readonly leftOut: LeftOut;
  /** A line of its own. */
  say(text: string): void;
  readonly signal: AbortSignal;
}

export interface Source {
  readonly batches: AsyncIterable<readonly SeriesBatch[]>;
  /** How much is done, from 0 to 1; NaN when that is not known. */
  doneShare(): number;
  /** How many of the series were stored as rates of what the source has as totals. */
  rateSeries?(): number;
  /** Whether it goes on after what an earlier run stored. */
  readonly goesOn?: boolean;
}

export const sources = { csv: csvSource, sadf: sadfSource, prometheus: prometheusSource } as const;

async function csvSource({ options, file, nowMs, leftOut, signal }: SourceParts): Promise<Source> {
  const { readCsv } = await import('../metrics/importers/csv.ts');
  const metric = textOption(options, 'metric');
  const unit = textOption(options, 'unit');
  const labels = labelsOption(options, 'label');
  if ((metric === undefined) !== (unit === undefined) || (metric === undefined && options.label !== undefined))
    refuse('--metric and --unit belong together, and --label to them.');
  const csvOptions = {
    host: textOption(options, 'host'),
    descriptor: metric === undefined || unit === undefined ? undefined : { metric, unit, labels },
    timeColumn: textOption(options, 'time-column'),
    valueColumn: textOption(options, 'value-column'),
    timeForm: choiceOption(options, 'time-unit', ['s', 'ms', 'us', 'ns', 'iso']),
    scale: factorOption(options, 'scale') ?? 1,
    nowMs,
  };
  const { bytes, readShare } = openSource(file ?? fileMissing('csv'), signal);
  return { batches: readCsv(bytes, csvOptions, leftOut), doneShare: readShare };
}

/** A string can hold no more. */
const maxSadfBytes = 512 * 1024 ** 2 - 1024;

async function sadfSource({ options, file, nowMs, leftOut, signal }: SourceParts): Promise<Source> {
  const { readSadf } = await import('../metrics/importers/sadf.ts');
  const host = textOption(options, 'host');
  const { bytes } = openSource(file ?? fileMissing('sadf'), signal);
  async function* batches() {
    yield* readSadf(await readWhole(bytes, maxSadfBytes), { host, nowMs }, leftOut);
  }
  return { batches: batches(), doneShare: () => Number.NaN };
}

async function prometheusSource(parts: SourceParts): Promise<Source> {
  const { options, file, nowMs, marks, leftOut, say, signal } = parts;
  if (file !== undefined) refuse('"import prometheus" takes no file: it asks the server at --url.');
  const { readPrometheus } = await import('../metrics/importers/prometheus.ts');
  const { createPrometheusClient } = await import('../metrics/importers/prometheus-client.ts');
  const url = serverUrl(textOption(options, 'url') ?? '');
  const match = textOption(options, 'match') ?? '';
  const naming = {
    host: textOption(options, 'host'),
    hostLabel: textOption(options, 'host-label'),
    unit: textOption(options, 'unit'),
  };
  const stepMs = parseDuration(textOption(options, 'step') ?? '1m', '--step');
  const askedMs = parseTime(textOption(options, 'from') ?? '', nowMs, '--from');
  const toMs = Math.min(nowMs, parseTime(textOption(options, 'to') ?? 'now', nowMs, '--to'));
  if (askedMs >= toMs) refuse(`--from ${formatTime(askedMs)} is not before --to ${formatTime(toMs)}.`);
  const totals = options.totals === true;
  const identity = ['prometheus', url.href, match, stepMs, { ...naming, totals }];
  const mark = options.again === true ? null : await marks.read(identity);
  const goesOn = mark !== null && askedMs >= mark.fromMs && askedMs <= mark.untilMs;
  const fromMs = goesOn ? mark.untilMs + stepMs : askedMs;
  if (goesOn) say(`Going on after ${formatTime(mark.untilMs)}, where an earlier run ended; --again fetches all of it.`);
  const client = createPrometheusClient({
    url,
    bearerToken: await bearerToken(textOption(options, 'bearer-token-file'), signal),
    onRetry: (why) => say(`Trying again: ${why}.`),
  });
  let doneMs = fromMs;
  let rateSeries = 0;
  const batches = readPrometheus(
    client,
    {
      ...naming,
      match,
      fromMs,
      toMs,
      stepMs,
      goesOn,
      totals,
      async onDone(untilMs, ratedSoFar) {
        doneMs = untilMs;
        rateSeries = ratedSoFar;
        await marks.write(identity, { fromMs: goesOn ? mark.fromMs : askedMs, untilMs });
      },
    },
    leftOut,
    signal,
  );
  const doneShare = () => (doneMs - fromMs) / Math.max(stepMs, toMs - fromMs);
  return { batches, doneShare, rateSeries: () => rateSeries, goesOn };
}

function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : refuse('--url is no address; write e.g. http://127.0.0.1:9090.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse('--url starts with http:// or https://.');
  if (url.username !== '' || url.password !== '')
    refuse('--url holds a name or password, which others can see: use --bearer-token-file.');
  return url;
}

const maxTokenBytes = 65_536;

async function bearerToken(path: string | undefined, signal: AbortSignal): Promise<Secret | undefined> {
  if (path === undefined) return undefined;
  const token = (await readWhole(openSource(path, signal).bytes, maxTokenBytes)).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) refuse('--bearer-token-file must hold one token, without blanks inside.');
  return new Secret(token);
}

function fileMissing(kind: string): never {
  return refuse(`Name the file: openmanager import ${kind} FILE, or - for stdin.`);
}

function refuse(message: string): never {
  throw new OpenManagerError('invalid_configuration', message);
}
