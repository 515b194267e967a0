import { OpenManagerError, toOpenManagerError } from '../../core/errors.ts';
import type { Descriptor, Labels } from '../../core/series.ts';
import type { TimeForm } from '../../core/time.ts';
import { assertDescriptor, assertHost } from '../reading-limits.ts';
import type { SeriesBatch } from '../stored-series.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import {
  type CsvColumns,
  type ExportedColumns,
  type FirstLine,
  findColumns,
  isMissing,
  readFirstLine,
  type WantedColumns,
} from './csv-columns.ts';
import { numberProblem, readNumber } from './csv-number.ts';
import { createTimeReader } from './csv-time.ts';
import { splitFields } from './fields.ts';
import type { LeftOut } from './left-out.ts';
import { readLines } from './lines.ts';

export interface CsvOptions extends WantedColumns {
  /** In place of the hosts that a file of `openmanager export` names; needed for others. */
  readonly host?: string | undefined;
  /** What the values are; a file of `openmanager export` says so itself. */
  readonly descriptor?: Descriptor | undefined;
  readonly timeForm?: TimeForm | undefined;
  /** Every value is multiplied by it. */
  readonly scale?: number;
  readonly nowMs: number;
  /** Samples a batch. */
  readonly batchSize?: number;
}

/** When none of so many lines can be read, the file is no table of times and values. */
const hopelessLines = 1_000;

/**
 * Reads rows of a time and a value; a line that cannot be read is left out, and counted. Memory does not grow with the
 * file, and its lines may come in any order.
 * @throws `invalid_argument` when the columns asked for are not there, or no line can be read.
 */
export async function* readCsv(
  source: AsyncIterable<Uint8Array>,
  options: CsvOptions,
  leftOut: LeftOut,
): AsyncGenerator<SeriesBatch[]> {
  const batcher = createBatcher(options.batchSize);
  let first: FirstLine | null = null;
  let readRow: RowReader | null = null;
  let lineNumber = 0;
  let read = 0;
  let bad = 0;
  for await (const lines of readLines(source)) {
    for (const line of lines) {
      lineNumber += 1;
      if (line?.trim() === '') continue;
      if (readRow === null && line !== null) {
        const isFirst = first === null;
        first ??= readFirstLine(line, options);
        if (isFirst && first.isHeader) continue;
        readRow = createRowReader(findColumns(first, line, options), options, batcher);
      }
      const problem = line === null || readRow === null ? 'longer than 65,536 characters' : readRow(line);
      if (problem === null) read += 1;
      else if (problem === noValue) leftOut.add('lines without a value');
      else leftOut.add('bad lines', `line ${lineNumber}: ${problem}`);
      if (problem !== null && problem !== noValue && ++bad >= hopelessLines && read === 0) throw hopeless(leftOut);
      if (batcher.isFull()) yield batcher.take();
    }
  }
  yield batcher.take();
}

const noValue = 'no value';

/** Adds the row, or says why it cannot be read. */
type RowReader = (line: string) => string | null;

function createRowReader(columns: CsvColumns, options: CsvOptions, batcher: Batcher): RowReader {
  const { separator, time, value } = columns;
  const { timeForm, scale = 1, nowMs } = options;
  const readTime = createTimeReader(timeForm, nowMs);
  const findSeries = createSeriesFinder(columns.exported, options, batcher);
  return (line) => {
    if (line.includes('\0')) return 'it holds NUL characters: is the file UTF-16, compressed or no text?';
    const fields = splitFields(line, separator);
    if (fields === null) return 'a quote is not closed';
    const [timeText, valueText] = [fields[time], fields[value]];
    if (timeText === undefined || valueText === undefined)
      return `it has ${fields.length} column${fields.length === 1 ? '' : 's'}, ${Math.max(time, value) + 1} are needed`;
    const timeMs = readTime(timeText);
    if (typeof timeMs === 'string') return timeMs;
    if (isMissing(valueText)) return noValue;
    const scaled = (readNumber(valueText, separator) ?? Number.NaN) * scale;
    if (!Number.isFinite(scaled)) return numberProblem(valueText, separator);
    const add = findSeries(fields);
    if (typeof add === 'string') return add;
    add(timeMs, scaled);
    return null;
  };
}

type Add = (timeMs: number, value: number) => void;

/** The series of a row, or why it names none. */
function createSeriesFinder(
  exported: ExportedColumns | undefined,
  { host, descriptor }: CsvOptions,
  batcher: Batcher,
): (fields: readonly string[]) => Add | string {
  if (exported === undefined) {
    if (host === undefined || descriptor === undefined)
      throw new OpenManagerError(
        'invalid_argument',
        'Say what the values are with --host, --metric and --unit; only files of "openmanager export" say so themselves.',
      );
    assertHost(host);
    assertDescriptor(descriptor);
    const add = batcher.series(host, descriptor);
    return () => add;
  }
  if (descriptor !== undefined)
    throw new OpenManagerError(
      'invalid_argument',
      'The file names its metrics itself: leave out --metric, --unit and --label.',
    );
  const known = new Map<string, Add>();
  return (fields) => {
    const texts = [
      host ?? fields[exported.host],
      fields[exported.metric],
      fields[exported.labels],
      fields[exported.unit],
    ];
    const key = JSON.stringify(texts);
    const add = known.get(key);
    if (add !== undefined) return add;
    const found = describeRow(texts);
    if (typeof found === 'string') return found;
    const made = batcher.series(found.host, found.descriptor);
    known.set(key, made);
    return made;
  };
}

function describeRow([host = '', metric = '', labelText = '', unit = '']: readonly (string | undefined)[]) {
  const labels = readLabels(labelText);
  if (labels === null) return `"${labelText.slice(0, 60)}" are no labels: a JSON object of texts is needed`;
  const descriptor = { metric, labels, unit };
  try {
    assertHost(host);
    assertDescriptor(descriptor);
    return { host, descriptor };
  } catch (error) {
    return toOpenManagerError(error).message;
  }
}

function readLabels(text: string): Labels | null {
  try {
    const labels: unknown = JSON.parse(text);
    if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return null;
    return Object.values(labels).every((value) => typeof value === 'string') ? (labels as Labels) : null;
  } catch {
    return null;
  }
}

function hopeless(leftOut: LeftOut): OpenManagerError {
  const [first] = leftOut.kinds().flatMap(({ examples }) => examples);
  return new OpenManagerError('invalid_argument', `None of ${hopelessLines} lines can be read; ${first}.`);
}
