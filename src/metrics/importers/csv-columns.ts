import { OpenManagerError } from '../../core/errors.ts';
import { closest, safeName } from '../../core/text.ts';
import { readTime } from '../../core/time.ts';
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
  readonly hasHeader: boolean;
  /** Where the columns of a file by `openmanager export` are; undefined for other files. */
  readonly exported?: ExportedColumns | undefined;
}

export type ExportedColumns = Readonly<Record<'host' | 'metric' | 'labels' | 'unit', number>>;

/** The header that `openmanager export` writes. */
export const exportedHeader = ['timestamp', 'host', 'metric', 'labels', 'unit', 'value'] as const;

/** How the other formats of `openmanager export` begin. */
const otherExport = /^(\{"|# (TYPE|HELP|UNIT|EOF)\b)/;

/**
 * Decides from its first line how a file reads. It is a header when a column is asked for by its name, or when none of
 * its fields is a time or a number.
 * @throws `invalid_argument` naming the columns there are, or the other format that it is.
 */
export function findColumns(firstLine: string, { timeColumn, valueColumn }: WantedColumns): CsvColumns {
  if (otherExport.test(firstLine))
    throw new OpenManagerError(
      'invalid_argument',
      'This is JSON lines or OpenMetrics text. Of the formats of "openmanager export" only CSV can be read back: export again with --format=csv.',
    );
  const separator = detectSeparator(firstLine);
  const fields = splitFields(firstLine, separator) ?? [];
  const asksForName = [timeColumn, valueColumn].some((column) => column !== undefined && !/^\d+$/.test(column));
  const hasHeader = asksForName || !fields.some((field) => readTime(field) !== null || readNumber(field) !== null);
  const header = hasHeader ? fields : [];
  const time = columnOf(timeColumn, fields, header) ?? Math.max(0, header.indexOf('timestamp'));
  const value = columnOf(valueColumn, fields, header) ?? defaultValue(fields, header, time);
  if (time === value) refuse(`Time and value are the same column, ${time + 1}.`, fields, header);
  const isExported = exportedHeader.every((name, i) => header[i] === name);
  const exported = isExported ? { host: 1, metric: 2, labels: 3, unit: 4 } : undefined;
  return { separator, time, value, hasHeader, exported };
}

/** A finite decimal number, or null: no other forms, and no comma, which may be a decimal one or one between thousands. */
export function readNumber(text: string): number | null {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function columnOf(
  wanted: string | undefined,
  fields: readonly string[],
  header: readonly string[],
): number | undefined {
  if (wanted === undefined) return undefined;
  const named = header.findIndex((name) => name.toLowerCase() === wanted.trim().toLowerCase());
  if (named !== -1) return named;
  const number = /^\d+$/.test(wanted) ? Number(wanted) : 0;
  if (number >= 1 && number <= fields.length) return number - 1;
  const [near] = header.length > 0 ? closest(wanted, header, 1) : [];
  const hint = near === undefined || number > 0 ? '' : ` Did you mean "${safeName(near)}"?`;
  return refuse(`There is no column "${safeName(wanted)}".${hint}`, fields, header);
}

function defaultValue(fields: readonly string[], header: readonly string[], time: number): number {
  const named = header.indexOf('value');
  if (named !== -1) return named;
  if (fields.length === 2) return time === 0 ? 1 : 0;
  if (fields.length < 2)
    refuse('A line needs a time and a value, separated by a comma, semicolon or tab.', fields, header);
  return refuse('Say which column has the values with --value-column.', fields, header);
}

function refuse(what: string, fields: readonly string[], header: readonly string[]): never {
  const names = header.slice(0, 50).map((name, i) => `${i + 1} "${safeName(name)}"`);
  const columns = names.length > 0 ? names.join(', ') : `1 to ${fields.length}, without names`;
  throw new OpenManagerError('invalid_argument', `${what} The columns: ${columns}.`);
}
