import { OpenManagerError } from '../../core/errors.ts';
import { nearest, safeName } from '../../core/text.ts';
import { readTime, type TimeForm } from '../../core/time.ts';
import { readNumber } from './csv-number.ts';
import { detectSeparator, splitFields } from './fields.ts';

/** Which columns were asked for: their names in the header, or their numbers from 1. */
export interface WantedColumns {
  readonly timeColumn?: string | undefined;
  readonly valueColumn?: string | undefined;
}

/** How the rows of a file read; columns count from 0. */
export interface CsvColumns {
  readonly separator: string;
  readonly time: number;
  readonly value: number;
  /** Where the columns of a file by `openmanager export` are; undefined for other files. */
  readonly exported?: ExportedColumns | undefined;
}

export type ExportedColumns = Readonly<Record<'host' | 'metric' | 'labels' | 'unit', number>>;

/** The header that `openmanager export` writes. */
export const exportedHeader = ['timestamp', 'host', 'metric', 'labels', 'unit', 'value'] as const;

/** How the other formats of `openmanager export` begin. */
const otherExport = /^(\{"|# (TYPE|HELP|UNIT|EOF)\b)/;

export interface FirstLine {
  readonly separator: string;
  readonly fields: readonly string[];
  /** It names the columns, and is no row. */
  readonly isHeader: boolean;
  /** What may be shown as names of the columns; empty where the line looks like a row, whatever it was taken for. */
  readonly names: readonly string[];
}

interface FirstLineOptions extends WantedColumns {
  readonly timeForm?: TimeForm | undefined;
}

/**
 * The first line of a file. It is a header when a column is asked for by its name, when none of its fields is a time or
 * a number, or when the field of the time is none but a name.
 * @throws `invalid_argument` naming the other format that it is.
 */
export function readFirstLine(line: string, options: FirstLineOptions): FirstLine {
  if (otherExport.test(line))
    throw new OpenManagerError(
      'invalid_argument',
      'This is JSON lines or OpenMetrics text. Of the formats of "openmanager export" only CSV can be read back: export again with --format=csv.',
    );
  const separator = detectSeparator(line);
  const fields = splitFields(line, separator) ?? [];
  const asksForName = [options.timeColumn, options.valueColumn].some(
    (column) => column !== undefined && !/^\d+$/.test(column),
  );
  const isNumber = (field: string) => readNumber(field, separator) !== null;
  const isTime = (field: string) => readTime(field) !== null;
  const isHeader =
    asksForName || !fields.some((field) => isTime(field) || isNumber(field)) || namesTime(fields, separator, options);
  const isRow = fields.some(isTime) || fields.every((field) => isNumber(field) || isMissing(field));
  return { separator, fields, isHeader, names: isHeader && !isRow ? fields : [] };
}

/** Whether a line that holds numbers, too, has a name where a row has its time: numbers may be names of columns. */
function namesTime(
  fields: readonly string[],
  separator: string,
  { timeColumn, valueColumn, timeForm }: FirstLineOptions,
): boolean {
  const time = timeColumn === undefined ? (fields.length === 2 && valueColumn === '1' ? 1 : 0) : Number(timeColumn) - 1;
  const field = fields[time] ?? '';
  if (readTime(field, timeForm) !== null) return false;
  if (timeColumn === undefined) return fields.some((one) => timeName.test(plainName(one)));
  return !isMissing(field) && readNumber(field, separator) === null;
}

/**
 * Decides how a file reads, from its first line and its first row, which are the same where there is no header.
 * @throws `invalid_argument` naming the columns there are.
 */
export function findColumns(
  first: FirstLine,
  firstRow: string,
  { timeColumn, valueColumn }: WantedColumns,
): CsvColumns {
  const { separator, fields, isHeader } = first;
  const header = isHeader ? fields : [];
  const givenValue = columnOf(valueColumn, first);
  const time = columnOf(timeColumn, first) ?? defaultTime(fields, header, givenValue);
  const value = givenValue ?? defaultValue(first, splitFields(firstRow, separator) ?? [], time);
  if (time === value)
    refuse(
      `Time and value are the same column, ${time + 1}: say which they are with --time-column and --value-column.`,
      fields,
      header,
    );
  const isExported = exportedHeader.every((name, i) => header[i] === name);
  const exported = isExported ? { host: 1, metric: 2, labels: 3, unit: 4 } : undefined;
  return { separator, time, value, exported };
}

/** Whether a field stands for a value that there is not. */
export function isMissing(field: string): boolean {
  return /^(nan|null|na|n\/a|-)?$/i.test(field);
}

function columnOf(wanted: string | undefined, { fields, isHeader, names }: FirstLine): number | undefined {
  if (wanted === undefined) return undefined;
  const [named, ...others] = isHeader ? columnsNamed(wanted.trim(), fields) : [];
  const isNumber = /^\d+$/.test(wanted);
  if (named !== undefined && others.length === 0) return named;
  if (named !== undefined && !isNumber) {
    const places = [named, ...others].map((i) => i + 1).join(' and ');
    refuse(`Several columns are named "${safeName(wanted)}", ${places}: say which by its number.`, fields, names);
  }
  if (isNumber && Number(wanted) >= 1 && Number(wanted) <= fields.length) return Number(wanted) - 1;
  return refuse(`There is no column "${safeName(wanted)}".${columnHint(wanted, names)}`, fields, names);
}

/** Those spelled so, else those that differ in upper and lower case alone. */
function columnsNamed(wanted: string, header: readonly string[]): number[] {
  const where = (isIt: (name: string) => boolean) => [...header.keys()].filter((i) => isIt(header[i] as string));
  const exact = where((name) => name === wanted);
  return exact.length > 0 ? exact : where((name) => name.toLowerCase() === wanted.toLowerCase());
}

/** Starts with a blank; empty where there is nothing to say but the columns. */
function columnHint(wanted: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  if (/^[+-]?\d+(\.\d*)?$/.test(wanted)) return ` By number there are columns 1 to ${names.length}.`;
  const near = nearest(wanted, names);
  return near === undefined ? '' : ` Did you mean "${safeName(near)}"?`;
}

/** `Time`, `Timestamp [ms]`, `epoch_s`, `Date/Time`, `_time`; not `response_time`. */
const timeName =
  /^((date_?)?time(_?stamp)?|date|ts|when|epoch(_?time)?|unix(_?time)?(_?stamp)?)(_(utc|s|sec|seconds|ms|us|ns))?$/;

/** Without what tells no difference: case, punctuation, and a unit in brackets. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[[(].*$/, '')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
}

function defaultTime(fields: readonly string[], header: readonly string[], value: number | undefined): number {
  const names = header.map(plainName);
  const named = onlyOne(names, 'timestamp');
  if (named !== -1 && named !== value) return named;
  const [found, ...others] = [...names.keys()].filter((i) => i !== value && timeName.test(names[i] as string));
  if (others.length > 0) refuse('Say which column has the times with --time-column.', fields, header);
  return found ?? (fields.length === 2 && value === 0 ? 1 : 0);
}

/** -1 where there are several, too: none of them is the one. */
function onlyOne(names: readonly string[], name: string): number {
  const first = names.indexOf(name);
  return first === names.lastIndexOf(name) ? first : -1;
}

/** The column named so, or the only one besides the time that may have numbers. */
function defaultValue({ separator, fields, isHeader }: FirstLine, firstRow: readonly string[], time: number): number {
  const header = isHeader ? fields : [];
  const names = header.map(plainName);
  const named = onlyOne(names, 'value');
  if (named !== -1 && named !== time) return named;
  if (fields.length === 2) return time === 0 ? 1 : 0;
  if (fields.length < 2)
    refuse('A line needs a time and a value, separated by a comma, semicolon or tab.', fields, header);
  const [found, ...others] = [...fields.keys()].filter((i) => {
    const field = firstRow[i] ?? '';
    return i !== time && !timeName.test(names[i] ?? '') && (isMissing(field) || readNumber(field, separator) !== null);
  });
  return found === undefined || others.length > 0
    ? refuse('Say which column has the values with --value-column.', fields, header)
    : found;
}

function refuse(what: string, fields: readonly string[], header: readonly string[]): never {
  const names = header.slice(0, 50).map((name, i) => `${i + 1} "${safeName(name)}"`);
  const columns = names.length > 0 ? names.join(', ') : `1 to ${fields.length}, without names`;
  throw new OpenManagerError('invalid_argument', `${what} The columns: ${columns}.`);
}
