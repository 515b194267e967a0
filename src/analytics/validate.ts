import { OpenManagerError } from '../core/errors.ts';
import { safeName } from '../core/text.ts';

/**
 * Checks of what a caller of the library hands in. It may be anything, as not every caller is typed: each check takes the
 * unknown, and throws `invalid_argument` with the name of the option, what it is and what it may be.
 */

/** The longest series that is analysed at once, in steps. */
const MAX_POINTS = 200_000;
const MAX_HORIZON = 10_000;
/** Each period that is told is a season to every method. */
const MAX_PERIODS = 8;
/** All metrics of a host together. */
const MAX_METRICS = 1000;
const MAX_VALUES = 5_000_000;
/** What is wrong is named, not repeated in full. */
const MAX_SHOWN = 40;

/** Limits of the metric itself, in its unit, e.g. 0 and 1 for a ratio; a forecast does not leave them. */
export interface Bounds {
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
}

const BOUND_NAMES = ['lower', 'upper'] as const satisfies readonly (keyof Bounds)[];

/** Throws unless `options` is an object with none but the `known` names, so that a misspelled one is not ignored. */
export function requireKnown(options: unknown, known: readonly string[]): void {
  const there = `there are ${known.join(', ')}`;
  if (options === undefined || options === null) reject(`The options are missing; ${there}.`);
  if (!isObject(options)) reject(`The options are ${shown(options)}; they must be an object, ${there}.`);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) reject(`There is no option "${safeName(unknown, MAX_SHOWN)}"; ${there}.`);
}

export function requireLength(values: unknown): void {
  if (!isFloat64Array(values)) reject('The series must be a Float64Array.');
  if (values.length <= MAX_POINTS) return;
  reject(
    `The series has ${values.length} points; at most ${MAX_POINTS} are analysed at once: use a larger step or a shorter range.`,
  );
}

/** Throws unless it is a list of metrics, each with an id of its own, on one grid. */
export function requireMetrics(metrics: unknown): void {
  const valid = 'an array of 1 to 1000 metrics, each { id, values }';
  if (!Array.isArray(metrics)) rejectValue('metrics', metrics, valid);
  if (metrics.length < 1 || metrics.length > MAX_METRICS) reject(`There are ${metrics.length} metrics; give ${valid}.`);
  const ids = new Set<string>();
  let length: number | undefined;
  for (const metric of metrics) {
    const { id, values } = isObject(metric) ? metric : { id: undefined, values: undefined };
    if (typeof id !== 'string') reject(`A metric has the id ${shown(id)}; it must be a text.`);
    if (ids.has(id)) reject(`Two metrics have the id ${shown(id)}; each needs its own.`);
    ids.add(id);
    if (!isFloat64Array(values)) reject(`The values of ${shown(id)} must be a Float64Array.`);
    requireLength(values);
    length ??= values.length;
    if (values.length !== length) {
      reject(`The values of ${shown(id)} are ${values.length}, of others ${length}; all must be on one grid.`);
    }
  }
  if (metrics.length * (length ?? 0) <= MAX_VALUES) return;
  reject(`${metrics.length} metrics of ${length} steps are too many at once; at most ${MAX_VALUES} values.`);
}

/** Throws unless `needed` of the values are finite. `purpose` names what they are needed for. */
export function requireValues(finite: number, needed: number, purpose: string): void {
  if (finite >= needed) return;
  reject(`The series has ${finite} points with a value; ${purpose} needs at least ${needed}.`);
}

export function requireHorizon(horizon: unknown): void {
  if (isWhole(horizon, 1, MAX_HORIZON)) return;
  rejectValue('horizon', horizon, `a whole number of steps from 1 to ${MAX_HORIZON}`);
}

export function requireStep(stepMs: unknown): void {
  if (stepMs === undefined || (Number.isFinite(stepMs) && Number(stepMs) > 0)) return;
  rejectValue('stepMs', stepMs, 'a number of milliseconds above 0');
}

export function requireStart(startMs: unknown): void {
  if (startMs === undefined || Number.isFinite(startMs)) return;
  rejectValue('startMs', startMs, 'a finite number of milliseconds since the epoch');
}

export function requirePeriods(periods: unknown): void {
  if (periods === undefined) return;
  const valid = `a whole number of steps from 2 to ${MAX_POINTS}`;
  requireEach('periods', periods, { isValid: (period) => isWhole(period, 2, MAX_POINTS), valid, example: '[24, 168]' });
  if (periods.length > MAX_PERIODS) reject(`periods has ${periods.length}; at most ${MAX_PERIODS} are told.`);
}

/** Ranges of steps, as `StepRange`. */
export function requireRanges(ranges: unknown): void {
  if (ranges === undefined) return;
  requireEach('exclude', ranges, {
    isValid: isRange,
    valid: 'a range of two whole indexes, 0 <= start <= end',
    example: '[{ start: 10, end: 20 }]',
  });
}

export function requireEffort(effort: unknown): void {
  requireOneOf('effort', effort, ['fast', 'full']);
}

export function requireLevels(levels: unknown): void {
  requireEach('levels', levels, { isValid: isLevel, valid: LEVEL, example: '[0.8, 0.95]' });
}

export function requireLevel(level: unknown): void {
  if (level === undefined || isLevel(level)) return;
  rejectValue('level', level, LEVEL);
}

export function requireBounds(bounds: unknown): void {
  if (bounds === undefined) return;
  const valid = 'an object such as { lower: 0, upper: 100 }, either of which may be left out';
  if (!isObject(bounds)) rejectValue('bounds', bounds, valid);
  if (Object.keys(bounds).some((name) => !BOUND_NAMES.some((known) => known === name)))
    rejectValue('bounds', bounds, valid);
  const { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = bounds;
  const isRange =
    typeof lower === 'number' &&
    typeof upper === 'number' &&
    lower <= upper &&
    lower < Number.POSITIVE_INFINITY &&
    upper > Number.NEGATIVE_INFINITY;
  if (isRange) return;
  reject(`bounds are lower ${shown(lower)} and upper ${shown(upper)}; both must be numbers, lower at most upper.`);
}

export function requireThreshold(threshold: unknown): void {
  if (Number.isFinite(threshold)) return;
  rejectValue('threshold', threshold, 'a finite number, in the unit of the values');
}

export function requireSensitivity(sensitivity: unknown): void {
  if (sensitivity === undefined) return;
  if (typeof sensitivity === 'number' && sensitivity >= 0 && sensitivity <= 1) return;
  rejectValue('sensitivity', sensitivity, 'a number from 0 to 1');
}

export function requirePositive(name: string, value: unknown): void {
  if (value === undefined || (Number.isFinite(value) && Number(value) > 0)) return;
  rejectValue(name, value, 'a number above 0');
}

/** Throws unless a second series is left out or as long as the first. */
export function requireSameLength(name: string, values: unknown, length: number): void {
  if (values === undefined) return;
  if (!isFloat64Array(values)) rejectValue(name, values, 'a Float64Array');
  if (values.length === length) return;
  reject(`${name} has ${values.length} values; it must have one for each of the ${length} steps of the series.`);
}

export function requireWhole(name: string, value: unknown, least: number, most: number): void {
  if (isWhole(value, least, most)) return;
  rejectValue(name, value, `a whole number from ${least} to ${most}`);
}

/** The index of one of the `length` steps of a series. */
export function requireIndex(name: string, index: unknown, length: number): void {
  if (index === undefined || isWhole(index, 0, length - 1)) return;
  rejectValue(name, index, `the index of a step of the series, a whole number from 0 to ${length - 1}`);
}

export function requireText(name: string, text: unknown): void {
  if (text === undefined || typeof text === 'string') return;
  rejectValue(name, text, 'a text');
}

/** Throws unless the option is left out or one of a few words. */
export function requireOneOf(name: string, word: unknown, valid: readonly [string, ...string[]]): void {
  if (word === undefined || valid.some((one) => one === word)) return;
  rejectValue(name, word, `${valid.slice(0, -1).join(', ')} or ${valid.at(-1)}`);
}

interface Each {
  readonly isValid: (item: unknown) => boolean;
  /** What an item must be. */
  readonly valid: string;
  /** Of the whole list. */
  readonly example: string;
}

/** Throws unless `list` is an array, all of which is valid. */
export function requireEach(
  name: string,
  list: unknown,
  { isValid, valid, example }: Each,
): asserts list is readonly unknown[] {
  if (!Array.isArray(list)) rejectValue(name, list, `an array, such as ${example}`);
  // Its index, as what is wrong may be `undefined`.
  const wrong = list.findIndex((item) => !isValid(item));
  if (wrong >= 0) reject(`${name} contains ${shown(list[wrong])}; each must be ${valid}.`);
}

export function isFloat64Array(value: unknown): value is Float64Array {
  // Of another thread or realm, too.
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Float64Array]';
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const LEVEL = 'a number between 0 and 1, both excluded, e.g. 0.95';

function isLevel(level: unknown): boolean {
  return typeof level === 'number' && level > 0 && level < 1;
}

function isRange(range: unknown): boolean {
  if (!isObject(range)) return false;
  const { start, end } = range;
  return isWhole(start, 0) && isWhole(end, 0) && Number(end) >= Number(start);
}

function isWhole(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

/** A wrong value, so that `"5"` is not taken for 5; of what may be long, the beginning or the kind. */
function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `"${safeName(value, MAX_SHOWN)}"`;
    case 'bigint':
      return `${safeName(String(value), MAX_SHOWN)}n`;
    case 'function':
      return 'a function';
    case 'object': {
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'an array';
      return ArrayBuffer.isView(value) ? 'an object' : shownObject(value);
    }
    case 'number':
    case 'boolean':
    case 'symbol':
    case 'undefined':
      return safeName(String(value), MAX_SHOWN);
  }
}

/** The first of what an object has, as `{ start: -3, end: 2 }`. */
function shownObject(value: object): string {
  const pairs = Object.entries(value)
    .slice(0, 3)
    .map(([name, one]) => `${name}: ${typeof one === 'object' && one !== null ? 'an object' : shown(one)}`);
  return pairs.length === 0 ? 'an object' : safeName(`{ ${pairs.join(', ')} }`, 2 * MAX_SHOWN);
}

export function rejectValue(name: string, value: unknown, valid: string): never {
  reject(`${name} is ${shown(value)}; it must be ${valid}.`);
}

function reject(message: string): never {
  throw new OpenManagerError('invalid_argument', message);
}
