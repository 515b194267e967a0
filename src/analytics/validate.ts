import { OpenManagerError } from '../core/errors.ts';
import { safeName } from '../core/text.ts';

/** The longest series that is analysed at once, in steps. */
const MAX_POINTS = 200_000;
const MAX_HORIZON = 10_000;
/** Each period that is told is a season to every method. */
const MAX_PERIODS = 8;

/** Limits of the metric itself, in its unit, e.g. 0 and 1 for a ratio; a forecast does not leave them. */
export interface Bounds {
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
}

/** Throws unless `options` is an object with none but the `known` names, so that a misspelled one is not ignored. */
export function requireKnown(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    reject(`The options are missing; there are ${known.join(', ')}.`);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) reject(`There is no option ${safeName(unknown)}; there are ${known.join(', ')}.`);
}

export function requireLength(values: Float64Array): void {
  if (Object.prototype.toString.call(values) !== '[object Float64Array]') reject('The series must be a Float64Array.');
  if (values.length <= MAX_POINTS) return;
  reject(
    `The series has ${values.length} points; at most ${MAX_POINTS} are analysed at once: use a larger step or a shorter range.`,
  );
}

/** Throws unless `needed` of the values are finite. `purpose` names what they are needed for. */
export function requireValues(finite: number, needed: number, purpose: string): void {
  if (finite >= needed) return;
  reject(`The series has ${finite} points with a value; ${purpose} needs at least ${needed}.`);
}

export function requireHorizon(horizon: number): void {
  if (Number.isInteger(horizon) && horizon >= 1 && horizon <= MAX_HORIZON) return;
  reject(`horizon is ${horizon}; it must be a whole number of steps from 1 to ${MAX_HORIZON}.`);
}

export function requireStep(stepMs: number | undefined): void {
  if (stepMs === undefined || (Number.isFinite(stepMs) && stepMs > 0)) return;
  reject(`stepMs is ${stepMs}; it must be a number of milliseconds above 0.`);
}

export function requireStart(startMs: number | undefined): void {
  if (startMs === undefined || Number.isFinite(startMs)) return;
  reject(`startMs is ${startMs}; it must be a finite number of milliseconds since the epoch.`);
}

export function requirePeriods(periods: readonly number[] | undefined): void {
  if (periods && periods.length > MAX_PERIODS)
    reject(`periods has ${periods.length}; at most ${MAX_PERIODS} are told.`);
  const wrong = periods?.find((period) => !(Number.isInteger(period) && period >= 2 && period <= MAX_POINTS));
  if (wrong === undefined) return;
  reject(`periods contains ${wrong}; a period must be a whole number of steps from 2 to ${MAX_POINTS}.`);
}

export function requireRanges(ranges: readonly { start: number; end: number }[] | undefined): void {
  const wrong = ranges?.find(
    ({ start, end }) => !(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end >= start),
  );
  if (wrong === undefined) return;
  reject(`exclude contains ${wrong.start} to ${wrong.end}; a range is two whole indexes, 0 <= start <= end.`);
}

export function requireEffort(effort: string | undefined): void {
  if (effort === undefined || effort === 'fast' || effort === 'full') return;
  reject(`effort is ${effort}; it must be fast or full.`);
}

export function requireLevels(levels: readonly number[]): void {
  const wrong = levels.find((level) => !(typeof level === 'number' && level > 0 && level < 1));
  if (wrong === undefined) return;
  reject(`levels contains ${wrong}; a level must lie between 0 and 1, both excluded, e.g. 0.95.`);
}

export function requireBounds({ lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY }: Bounds): void {
  if (lower <= upper && lower < Number.POSITIVE_INFINITY && upper > Number.NEGATIVE_INFINITY) return;
  reject(`bounds are lower ${lower} and upper ${upper}; both must be numbers, lower at most upper.`);
}

export function requireThreshold(threshold: number): void {
  if (Number.isFinite(threshold)) return;
  reject(`threshold is ${threshold}; it must be a finite number, in the unit of the values.`);
}

export function requireSensitivity(sensitivity: number | undefined): void {
  if (sensitivity === undefined || (sensitivity >= 0 && sensitivity <= 1)) return;
  reject(`sensitivity is ${sensitivity}; it must be a number from 0 to 1.`);
}

export function requireDirection(direction: string | undefined): void {
  if (direction === undefined || ['both', 'high', 'low'].includes(direction)) return;
  reject(`direction is ${direction}; it must be both, high or low.`);
}

function reject(message: string): never {
  throw new OpenManagerError('invalid_argument', message);
}
